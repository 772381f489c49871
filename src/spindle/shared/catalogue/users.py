"""The users of NATS as nats-server's configuration has them; their passwords it takes from its environment."""

from spindle.shared.catalogue.permissions import OWNER, USERS, Permissions, permissions

FILE = "users.conf"
RENEW = "spindle permissions --write docker"
"""The command that brings the checked-in file up to date."""

_ANSWERS_WITHIN = "15s"  # longer than anybody waits for an answer

_HEAD = f"""\
# Who may do what on NATS: made from the code by `{RENEW}`; not to be edited.
# The password of each user is in a variable of the environment that nats-server is started with.
"""


def configuration() -> str:
    users = [f"    {{ user: {OWNER}, password: ${variable(OWNER)} }}", *(_user(each) for each in USERS)]
    return "\n".join([f"{_HEAD}authorization {{", "  users: [", *users, "  ]", "}"]) + "\n"


def variable(user: str) -> str:
    return f"{user}_password"


def _user(user: str) -> str:
    allowed = permissions(user)
    return "\n".join(
        (f"    {{ user: {user}, password: ${variable(user)}, permissions: {{", *_rules(allowed), "    } }")
    )


def _rules(allowed: Permissions) -> list[str]:
    answers = [f'      allow_responses: {{ max: 1, expires: "{_ANSWERS_WITHIN}" }}'] if allowed.replies else []
    return [*_list("publish", allowed.publish), *_list("subscribe", allowed.subscribe), *answers]


def _list(what: str, subjects: tuple[str, ...]) -> list[str]:
    return [f"      {what}: {{ allow: [", *(f'        "{subject}"' for subject in subjects), "      ] }"]
