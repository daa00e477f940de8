"""Draws docs/acts.md's pictures from the tables of `rooms/`: `python -m tests.support.acts_page` writes them anew."""

from collections.abc import Iterator
from pathlib import Path

from rooms.act import FIRST, TABLES, Guard, State, Step
from rooms.roles import POLICY, Verb
from rooms.views import Role, Urgency

END = "<!-- end -->"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "acts.md"


def picture(urgency: Urgency) -> str:
    """The life cycle as a Mermaid state diagram; striking an act out by mistake's mark leads from everywhere."""
    arrows = [f"    [*] --> {FIRST[urgency]}", *_arrows(urgency)]
    return "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```"])


def _arrows(urgency: Urgency) -> Iterator[str]:
    for step in TABLES[urgency].values():
        if step.event != "mark_error":
            yield f"    {step.before} --> {step.after}: {step.event}"


def steps(urgency: Urgency) -> str:
    """The same as a table, with who may and what must hold."""
    lines = ["| event | from | to | who may | what must hold |", "|---|---|---|---|---|"]
    for (event, after, verb, guard), group in _grouped(urgency).items():
        before = ", ".join(step.before for step in group)
        lines.append(f"| {event} | {before} | {after} | {_who(verb)} | {guard} |")
    return "\n".join(lines)


def _grouped(urgency: Urgency) -> dict[tuple[str, State, Verb, Guard], list[Step]]:
    groups: dict[tuple[str, State, Verb, Guard], list[Step]] = {}
    for step in TABLES[urgency].values():
        groups.setdefault((step.event, step.after, step.verb, step.guard), []).append(step)
    return groups


def _who(verb: Verb) -> str:
    return ", ".join(role for role in Role if verb in POLICY[role])


def rights() -> str:
    """Role × right."""
    roles = list(Role)
    lines = ["| right | " + " | ".join(roles) + " |", "|---" * (len(roles) + 1) + "|"]
    for verb in Verb:
        if verb is not Verb.PUBLIC:
            marks = ("●" if verb in POLICY[role] else "" for role in roles)
            lines.append(f"| {verb} | " + " | ".join(marks) + " |")
    return "\n".join(lines)


def drawn(page: str) -> str:
    """The page with everything between its marks drawn anew."""
    parts = {
        "scheduled": f"{picture(Urgency.SCHEDULED)}\n\n{steps(Urgency.SCHEDULED)}",
        "emergency": f"{picture(Urgency.EMERGENCY)}\n\n{steps(Urgency.EMERGENCY)}",
        "rights": rights(),
    }
    for name, part in parts.items():
        before, mark, rest = page.partition(f"<!-- drawn: {name} -->\n")
        page = f"{before}{mark}{part}\n{rest[rest.index(END) :]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
