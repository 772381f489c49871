"""What the API answers, as its description shows it: the documented JSON of `people.shapes`, checked on its way out."""
