"""What the scripted model says: one rich piece of Markdown, and as much of it as is asked for."""

from collections.abc import Iterator

MARKDOWN = """\
# A walk through Markdown

This answer holds a little of everything, so that each kind can be looked at: **bold**, *italic*, ~~struck~~, `code`
and [a link](https://example.com/path?q=1).

1. First, a list with numbers
2. and a list inside it:
   - one point
   - another point, with 中文 in it

> A quotation, over
> two lines.

## Code

```python
def fibonacci(count: int) -> list[int]:
    \"\"\"The first `count` numbers of the series.\"\"\"
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]
```

```sql
SELECT name, count(*) AS messages FROM sessions JOIN messages USING (session_id) GROUP BY name;
```

## A table

| Planet | Radius (km) | Moons |
|:-------|------------:|:-----:|
| Earth  |       6,371 |   1   |
| Mars   |       3,390 |   2   |
| Jupiter |     69,911 |  95   |

## Mathematics

The roots of $ax^2 + bx + c = 0$ are

$$
x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}
$$

## A diagram

```mermaid
flowchart LR
    person[A person] -->|asks| server
    server -->|asks| model
    model -->|words| server
    server -->|words| person
```

- [x] a task that is done
- [ ] a task that is not

That is all.[^1]

[^1]: A footnote, which comes last.
"""


def long_markdown(size: int) -> str:
    """The sample again and again under numbered headings, exactly `size` characters of it."""
    return "".join(_sections(size))[:size]


def _sections(size: int) -> Iterator[str]:
    written = 0
    number = 0
    while written < size:
        number += 1
        section = f"# Part {number}\n\n{MARKDOWN}\n"
        written += len(section)
        yield section
