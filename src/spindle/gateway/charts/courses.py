"""Jobs on a line of time: steps, what was put off, waits, calls, and how new plays add up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from markupsafe import Markup

from spindle.gateway.charts.elapsed import Scale, scale
from spindle.people.course import Course, Doing, Stretch
from spindle.people.wording import brief, count

_TOP, _LANE, _CALLS, _NEW = 24, 30, 16, 44  # pixels
_BELOW = 26  # for what is written below
_NARROW = 0.5  # percent: steps that are narrower are drawn together
_LABEL = 5.0  # percent that a word needs
_MILLISECOND, _MOMENT = timedelta(milliseconds=1), timedelta(seconds=1)
SHORT = timedelta(seconds=30)
"""What takes less is told in seconds and not by the clock."""

_APART, _APART_ON_A_PHONE = 14.0, 34.0

_CHART = Markup(
    '<svg class="chart course" height="{height}" role="img" aria-labelledby="{key}-title {key}-words">'
    '<title id="{key}-title">{title}</title><desc id="{key}-words">{words}</desc>'
    '<defs><pattern id="{key}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/>'
    '<rect class="hatch" width="2" height="7"/></pattern></defs>\n{inside}\n</svg>'
)
_RECT = Markup(
    '<rect class="{kind}" x="{x}%" width="{width}%" y="{y}" height="{height}"{more}><title>{words}</title></rect>'
)
_NAME = Markup('<text class="line-name" x="0" y="{y}">{words}</text>')
_WORD = Markup('<text class="wait-word{more}" x="{x}%" y="{y}">{words}</text>')
_GROUND = Markup('<rect class="ground" x="0" width="{width}%" y="{y}" height="{height}" rx="5"/>')
_TORN = Markup(
    '<svg class="torn" x="{x}%" y="{y}" width="1" height="{height}" overflow="visible">'
    '<path d="M-7 34 L1 -4"/><path d="M-1 34 L7 -4"/></svg>'
)
_CURVE = Markup(
    '<svg x="0" y="{y}" width="100%" height="{height}" viewBox="0 0 100 100" preserveAspectRatio="none">'
    '<path class="area" d="{area}"/><path class="curve" d="{curve}"/></svg>'
)
_MOST = Markup('<text class="most" x="{x}%" y="{y}">{words}</text>')
_MARK = Markup('<line class="tick" x1="{x}%" x2="{x}%" y1="{top}" y2="{y}"/>')
_MARKED = Markup('<text class="mark{more}" x="{x}%" y="{y}" dy="16">{words}</text>')


@dataclass(frozen=True)
class Line:
    name: str
    course: Course


def passed(total: timedelta) -> Callable[[timedelta], str]:
    """How times are written on a scale of this length: `250 ms`, `1.25 s`, `2:05`, `1:02:05`."""

    def written(at: timedelta) -> str:
        minutes, seconds = divmod(round(at.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

    if total < _MOMENT:
        return lambda at: f"{at / _MILLISECOND:.0f} ms"
    return (lambda at: f"{at.total_seconds():.2f} s") if total < SHORT else written


def courses(key: str, title: str, words: str, lines: Sequence[Line], write: Callable[[timedelta], str]) -> Markup:
    """One below the other, all on one scale; `write` says when something was."""
    total = max((line.course.lasts for line in lines), default=timedelta())
    along = scale(_busy(lines), total.total_seconds())
    room = _room(lines)
    inside = [part for number, line in enumerate(lines) for part in _line(key, line, number * room, along)]
    inside += _marks(along, total, len(lines) * room, write)
    height = len(lines) * room + _BELOW
    return _CHART.format(key=key, title=title, words=words, height=height, inside=Markup("\n").join(inside))


def _room(lines: Sequence[Line]) -> int:
    """Pixels for each: what none of them has is left out."""
    every = [each for line in lines for each in line.course.stretches]
    calls = _CALLS if any(each.requests for each in every) else 0
    return _TOP + _LANE + calls + (_NEW if any(each.new for each in every) else 0) + 12


def _busy(lines: Sequence[Line]) -> Iterator[tuple[float, float]]:
    for line in lines:
        for each in line.course.stretches:
            if each.doing is not Doing.WAIT:
                yield each.begins.total_seconds(), each.ends.total_seconds()


def _line(key: str, line: Line, top: int, along: Scale) -> Iterator[Markup]:
    if line.name:
        yield _NAME.format(y=top + 15, words=line.name)
    y = top + _TOP
    yield _GROUND.format(width=along.at(line.course.lasts.total_seconds()), y=y, height=_LANE)
    shown = _together(line.course.stretches, along)
    for each in sorted(shown, key=lambda one: one.drawn is Doing.TRY):
        yield from _stretch(key, each, y, along)
    yield from _calls(shown, y + _LANE + 3)
    calls = _CALLS if any(each.requests for each in shown) else 0
    yield from _new(line.course, y + _LANE + calls + 4, along)


@dataclass(frozen=True)
class _Shown:
    """A stretch, or several steps that are too narrow to be drawn alone."""

    drawn: Doing
    begins: float
    ends: float
    requests: int
    words: str
    steps: Sequence[Stretch]

    @property
    def x(self) -> float:
        return round(min(self.begins, 100 - self.width), 3)

    @property
    def calls(self) -> float:
        """In each of its steps."""
        return self.requests / len(self.steps)

    @property
    def width(self) -> float:
        return round(max(_NARROW if self.drawn is not Doing.WAIT else 0.1, self.ends - self.begins), 3)


def _together(stretches: Sequence[Stretch], along: Scale) -> Sequence[_Shown]:
    found: list[_Shown] = []
    for each in stretches:
        begins, ends = along.at(each.begins.total_seconds()), along.at(each.ends.total_seconds())
        one = _Shown(each.doing, begins, ends, each.requests, each.words, [each])
        last = found[-1] if found else None
        fits = last and last.drawn is each.doing is Doing.STEP and ends - last.begins < 2 * _NARROW
        if last and fits:
            found[-1] = replace(last, ends=ends, requests=last.requests + each.requests, steps=[*last.steps, each])
        else:
            found.append(one)
    return [replace(one, words=_words(one.steps)) if len(one.steps) > 1 else one for one in found]


def _words(steps: Sequence[Stretch]) -> str:
    new, fetched = sum(each.new for each in steps), sum(each.fetched for each in steps)
    lasting = brief(steps[-1].ends - steps[0].begins)
    calls = sum(each.requests for each in steps)
    called = f", {count(calls, 'call')}" if calls else ""
    return f"steps {steps[0].step} to {steps[-1].step}, {lasting}{called}, {new:,} new of {fetched:,}"


def _stretch(key: str, each: _Shown, y: int, along: Scale) -> Iterator[Markup]:
    number = each.steps[0].step
    kind = {Doing.STEP: f"work tone-{number % 2}", Doing.TRY: "tried", Doing.WAIT: "waits"}[each.drawn]
    more = Markup(' fill="url(#{}-hatch)"').format(key) if each.drawn is Doing.WAIT else Markup("")
    yield _RECT.format(kind=kind, x=each.x, width=each.width, y=y, height=_LANE, words=each.words, more=more)
    if each.drawn is not Doing.WAIT:
        return
    if each.width >= _LABEL:
        few = len(along.breaks) <= 3 or each.width > 3 * _LABEL
        words = brief(each.steps[0].lasts)
        yield _WORD.format(x=each.x + each.width / 2, y=y - 6, words=words, more="" if few else " more")
    if _is_broken(each.steps[0], along):
        yield _TORN.format(x=each.x + each.width / 2, y=y, height=_LANE)


def _is_broken(wait: Stretch, along: Scale) -> bool:
    begins, ends = wait.begins.total_seconds(), wait.ends.total_seconds()
    return any(begins <= start and end <= ends for start, end in along.breaks)


def _calls(shown: Sequence[_Shown], y: int) -> Iterator[Markup]:
    most = max((each.calls for each in shown), default=0)
    for each in shown:
        if each.requests:
            height = max(3, round(_CALLS * each.calls / most)) if most > 1 else _CALLS // 2
            words = f"{count(each.requests, 'call')} of Spotify"
            yield _RECT.format(kind="calls", x=each.x, width=each.width, y=y, height=height, words=words, more="")


def _new(course: Course, y: int, along: Scale) -> Iterator[Markup]:
    """How new plays add up."""
    total = sum(each.new for each in course.stretches)
    if not total:
        return
    so_far, points = 0, ["0 100"]
    for each in course.stretches:
        points.append(f"{along.at(each.begins.total_seconds())} {_up(so_far, total)}")
        so_far += each.new
        points.append(f"{along.at(each.ends.total_seconds())} {_up(so_far, total)}")
    end = along.at(course.lasts.total_seconds())
    points.append(f"{end} {_up(so_far, total)}")
    curve = "M" + " L".join(points)
    yield _CURVE.format(y=y, height=_NEW - 6, area=f"{curve} L{end} 100 Z", curve=curve)
    yield _MOST.format(x=end, y=y + _NEW - 12, words=f"{total:,} new")


def _up(so_far: int, total: int) -> float:
    return round(98 - 96 * so_far / total, 2)


def _marks(along: Scale, total: timedelta, y: int, write: Callable[[timedelta], str]) -> Iterator[Markup]:
    """Both ends, and behind each wait that is cut; in between where there is room."""
    seconds = total.total_seconds()
    wanted = [0.0, seconds, *(end for _, end in along.breaks), seconds / 2, seconds / 4, 3 * seconds / 4]
    placed: list[float] = []
    on_a_phone: list[float] = []
    for at in wanted:
        x = along.at(at)
        if any(abs(x - other) < _APART for other in placed):
            continue
        placed.append(x)
        fits = all(abs(x - other) >= _APART_ON_A_PHONE for other in on_a_phone)
        on_a_phone += [x] if fits else []
        more = " from" if x == 0 else " to" if x == 100 else "" if fits else " more"
        yield _MARK.format(x=x, top=_TOP, y=y)
        yield _MARKED.format(x=x, y=y, words=write(timedelta(seconds=at)), more=more)
