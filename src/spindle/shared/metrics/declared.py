"""Every metric that there is. No label ever names a listener, a job or a subject: each has a few values, known here.

Counters and histograms are counted where something happens, after it has become true. Gauges are looked at when
somebody asks (`readings`). docs/metrics.md is made from this.
"""

from collections.abc import Sequence

from spindle.shared.metrics.kinds import LATE, MANY, By, Declared, Topic, counter, declared, gauge, histogram

# --- the process -------------------------------------------------------------------------------------------------

INFO = gauge(Topic.PROCESS, By.EVERYBODY, "spindle_info", "1, and which version of Spindle this is.", "version")
READY = gauge(
    Topic.PROCESS,
    By.EVERYBODY,
    "spindle_service_ready",
    "1 when a service of this process is ready to work, else 0; `/health` says why not.",
    "service",
)
NATS_UP = gauge(Topic.PROCESS, By.EVERYBODY, "spindle_nats_up", "1 when NATS answers this service, else 0.", "service")
DATABASE_UP = gauge(
    Topic.PROCESS,
    By.RECORDER,
    "spindle_database_up",
    "1 when PostgreSQL answers this service, else 0.",
    "service",
)

# --- listeners, plays and jobs -----------------------------------------------------------------------------------

LISTENERS = gauge(
    Topic.LISTENERS,
    By.RECORDER,
    "spindle_listeners",
    "Listeners by how they are, the gravest first: `disconnected` must log in again, `paused` by somebody, `failing` "
    "polls, `overdue` by five minutes, else `polled`. Their sum is everybody.",
    "state",
)
CONSENTS_ENDING = gauge(
    Topic.LISTENERS,
    By.RECORDER,
    "spindle_consents_ending",
    "Listeners whose consent ends so soon that they have been told to log in again.",
)
PLAYS = counter(
    Topic.LISTENERS,
    By.RECORDER,
    "spindle_plays_total",
    "Plays that pages and imports have brought, once committed: `new` ones, and `known` ones that were there before.",
    "source",
    "seen",
)
JOBS = counter(
    Topic.LISTENERS,
    By.RECORDER,
    "spindle_jobs_total",
    "Jobs that have ended, once committed. Every poll is a job.",
    "kind",
    "status",
)
POLL_LAG = histogram(
    Topic.LISTENERS,
    By.RECORDER,
    "spindle_poll_lag_seconds",
    "From when a poll was due until what it found was committed.",
    buckets=LATE,
)

# --- Spotify -----------------------------------------------------------------------------------------------------

API_CALLS = counter(
    Topic.SPOTIFY,
    By.WORKERS,
    "spindle_api_calls_total",
    "Calls of Spotify by family of endpoints and HTTP status; `none` where no answer came.",
    "family",
    "status",
)
API_SECONDS = histogram(
    Topic.SPOTIFY, By.WORKERS, "spindle_api_call_seconds", "How long Spotify took to answer.", "family"
)
API_HELD = counter(
    Topic.SPOTIFY,
    By.WORKERS,
    "spindle_api_held_total",
    "Calls that were not made and come again later, held by the `budget` or by a closed `door`.",
    "family",
    "by",
)
TURN_SECONDS = histogram(
    Topic.SPOTIFY,
    By.WORKERS,
    "spindle_turn_wait_seconds",
    "How long calls waited for their turn in the budget: of a `person`, a `poll` or a `sync`.",
    "urgency",
)
DOOR_SHUT = gauge(
    Topic.SPOTIFY,
    By.WORKERS,
    "spindle_door_shut_seconds",
    "For how long the door of a family of endpoints stays shut; 0 when it is open.",
    "family",
)
BUDGET = gauge(
    Topic.SPOTIFY, By.WORKERS, "spindle_budget_calls", "Calls that all processes together may make in any 30 seconds."
)
BUDGET_USED = gauge(
    Topic.SPOTIFY, By.WORKERS, "spindle_budget_used_calls", "Of them, those of the last 30 seconds, about."
)
RENEWALS = counter(
    Topic.SPOTIFY,
    By.WORKERS,
    "spindle_token_renewals_total",
    "Renewals of access tokens: `renewed`, `disconnected` (the listener must log in again), `superseded` by a login "
    "or another renewal, or `failed`.",
    "result",
)

# --- messages ----------------------------------------------------------------------------------------------------

MESSAGES = counter(
    Topic.MESSAGES,
    By.EVERYBODY,
    "spindle_messages_total",
    "Messages by what became of them: `done`, `stale` (others had gone on), `unread` (nobody can read it), `dead`, or "
    "`retried`: delivered again.",
    "durable",
    "ending",
)
MESSAGE_SECONDS = histogram(
    Topic.MESSAGES,
    By.EVERYBODY,
    "spindle_message_seconds",
    "How long messages were in hand; of the durable `recorder-facts` whole batches.",
    "durable",
)
REDELIVERIES = counter(
    Topic.MESSAGES, By.EVERYBODY, "spindle_redeliveries_total", "Messages that came not for the first time.", "durable"
)
DEAD_LETTERS = counter(
    Topic.MESSAGES, By.EVERYBODY, "spindle_dead_letters_total", "Messages that were put into `dead`.", "durable"
)
QUESTION_SECONDS = histogram(
    Topic.MESSAGES, By.RECORDER, "spindle_question_seconds", "How long answers took.", "question"
)
QUEUE_MESSAGES = gauge(
    Topic.MESSAGES,
    By.EVERYBODY,
    "spindle_queue_messages",
    "Messages of a durable that are `waiting` to be fetched, and that somebody has `in_hand`.",
    "durable",
    "state",
)
QUEUE_AGE = gauge(
    Topic.MESSAGES,
    By.EVERYBODY,
    "spindle_queue_age_seconds",
    "How old the oldest message is that nobody is done with: a service's lag.",
    "stream",
)
STREAM_BYTES = gauge(Topic.MESSAGES, By.EVERYBODY, "spindle_stream_bytes", "How much a stream holds.", "stream")
STREAM_LIMIT = gauge(
    Topic.MESSAGES,
    By.EVERYBODY,
    "spindle_stream_limit_bytes",
    "How much a stream holds at most. Full, it refuses whoever publishes.",
    "stream",
)
DEAD_KEPT = gauge(
    Topic.MESSAGES, By.SCHEDULER, "spindle_dead_letters", "Dead letters that lie there for somebody to look at."
)

# --- the recorder ------------------------------------------------------------------------------------------------

FACTS = counter(
    Topic.RECORDER,
    By.RECORDER,
    "spindle_facts_total",
    "Facts by what became of them: `recorded` (or known before), `unfinished`, `waiting` for others, of an `unknown` "
    "listener, `refused`, or `failed` because the database did not answer.",
    "durable",
    "outcome",
)
BATCH_FACTS = histogram(
    Topic.RECORDER, By.RECORDER, "spindle_batch_facts", "Facts in one transaction.", "durable", buckets=MANY
)
COMMIT_SECONDS = histogram(
    Topic.RECORDER,
    By.RECORDER,
    "spindle_commit_seconds",
    "How long a batch took from the first statement to the commit.",
    "durable",
)

# --- the scheduler -----------------------------------------------------------------------------------------------

CONTROLS = counter(
    Topic.SCHEDULER,
    By.SCHEDULER,
    "spindle_controls_total",
    "What people have asked for, and whether it was `done` or `refused`.",
    "action",
    "answer",
)
PUT_BACK = counter(
    Topic.SCHEDULER,
    By.SCHEDULER,
    "spindle_put_back_total",
    "Steps that were lost or stuck, and were put back.",
    "kind",
)
LOOKED_AT = gauge(
    Topic.SCHEDULER,
    By.SCHEDULER,
    "spindle_reconciled_timestamp_seconds",
    "When the scheduler last looked at all mailboxes, as Unix time. 0 before the first time.",
)

# --- the gateway -------------------------------------------------------------------------------------------------

REQUESTS = counter(
    Topic.GATEWAY,
    By.GATEWAY,
    "spindle_requests_total",
    "Requests over HTTP by their route, with names in the place of ids, and by what was answered; `none` is what was "
    "turned away before, or leads nowhere.",
    "route",
    "status",
)
REQUEST_SECONDS = histogram(
    Topic.GATEWAY,
    By.GATEWAY,
    "spindle_request_seconds",
    "How long it took until an answer began.",
    "route",
)
FOLLOWERS = gauge(
    Topic.GATEWAY, By.GATEWAY, "spindle_event_followers", "Clients that follow the events at this moment."
)
CATCH_UPS = counter(
    Topic.GATEWAY,
    By.GATEWAY,
    "spindle_event_catch_ups_total",
    "Times that a client was so far behind that its events had to be read from the stream again.",
)


def everything() -> Sequence[Declared]:
    """In the order in which they stand here."""
    return declared()
