"""Files out of a form straight into the store of uploads, a piece at a time: never as a whole, and never on a disk."""

import codecs
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from spindle.people.errors import Problem
from spindle.shared.bus.uploads import PIECE, Manifest, UploadedFile, Uploads
from spindle.shared.ids import JobId

_PARTS = 500
_FIELD = 1000  # bytes
_HEAD = 4096  # bytes; more white space before the first letter has no JSON
_ZIP = b"PK"
_LETTERS = 255  # of a file's name


class NotAForm(Problem):
    """The files must come as multipart/form-data, in `files`."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotThat(Problem):
    """What was sent is nothing that can be imported."""


@dataclass(eq=False)
class _Part:
    """A field, or a file as far as it has come."""

    name: str
    file: str | None
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    is_over: bool = False


async def received(
    chunks: AsyncIterator[bytes], content_type: str, uploads: Uploads, job: JobId
) -> tuple[Manifest, Mapping[str, str]]:
    """The files, put into the store, and the other fields of the form. Raises `NotAForm` and `NotThat`."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise NotAForm
    files: list[UploadedFile] = []
    fields: dict[str, str] = {}
    async for part in _parts(chunks, options[b"boundary"]):
        if part.file is None:
            if part.is_over:
                fields[part.name] = part.body.decode(errors="replace")
            continue
        await _put(part, uploads, job, len(files))
        if part.is_over and part.size:
            files.append(UploadedFile(name=part.file, size=part.size))
    if not files:
        raise NotThat("no file was sent: put the ZIP, or JSON files out of it, into `files`")
    manifest = Manifest(files=tuple(files))
    await uploads.put_manifest(job, manifest)
    return manifest, fields


async def _put(part: _Part, uploads: Uploads, job: JobId, number: int) -> None:
    """Whole pieces, and at its end the rest."""
    if part.size == 0 and (part.is_over or len(part.body) >= _HEAD):
        _must_be_one(part)
    while len(part.body) >= PIECE or (part.is_over and part.body):
        piece = bytes(part.body[:PIECE])
        del part.body[:PIECE]
        await uploads.put_piece(job, number, part.size // PIECE, piece)
        part.size += len(piece)


def _must_be_one(part: _Part) -> None:
    """What is wrong further inside, the receipt tells. A form whose input was left empty sends a file without name."""
    head = bytes(part.body[:_HEAD])
    if not part.file and not head:
        return
    if not head.strip():
        raise NotThat(f"this file is empty: {part.file}")
    if head.startswith(_ZIP) or head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"["):
        return
    raise NotThat(f"this is neither a ZIP nor a JSON file of a listening history: {part.file}")


async def _parts(chunks: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[_Part]:
    """Each part whenever some of it has come, and once more when it is over."""
    try:
        form = _Form(boundary)
        async for chunk in chunks:
            form.parser.write(chunk)
            for part in form.taken():
                yield part
    except FormParserError as error:
        raise NotThat(f"the form cannot be read: {error}") from error
    if not form.is_over:
        raise NotThat("the form is cut off")


class _Form:
    """What the parser has found since it was asked last."""

    def __init__(self, boundary: bytes) -> None:
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begin,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
                "on_header_begin": self._header_begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_end": self._end,
            },
        )
        self.is_over = False
        self._touched: list[_Part] = []
        self._part = _Part("", None)
        self._header, self._value = bytearray(), bytearray()
        self._count = 0

    def taken(self) -> list[_Part]:
        found, self._touched = self._touched, []
        return found

    def _part_begin(self) -> None:
        self._part = _Part("", None)
        self._count += 1
        if self._count > _PARTS:
            raise NotThat(f"these are more than {_PARTS} files: put them into a ZIP")

    def _header_begin(self) -> None:
        self._header, self._value = bytearray(), bytearray()

    def _header_end(self) -> None:
        if self._header.lower() != b"content-disposition":
            return
        _, options = parse_options_header(bytes(self._value))
        name = options.get(b"filename")
        self._part = _Part(_text(options.get(b"name", b"")), None if name is None else _text(name))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._part.body.extend(data[start:end])
        if self._part.file is None and len(self._part.body) > _FIELD:
            raise NotThat(f"the field {self._part.name} is too long")
        self._touch()

    def _part_end(self) -> None:
        self._part.is_over = True
        self._touch()

    def _touch(self) -> None:
        if self._part not in self._touched[-1:]:
            self._touched.append(self._part)

    def _end(self) -> None:
        self.is_over = True


def _text(name: bytes) -> str:
    """As it can be shown; browsers send UTF-8."""
    shown = name.decode(errors="replace")[:_LETTERS]
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in shown)
