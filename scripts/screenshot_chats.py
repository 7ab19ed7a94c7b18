"""What the screenshots show: a few chats as people have them, in both languages."""

from dataclasses import dataclass
from typing import Final

from scripts.screenshot_files import LEAFLET, PLAN, PRICES, Sample

MODEL: Final = "garden-8b"


@dataclass(frozen=True)
class Chat:
    """A chat of one question, with its files; without an answer it only stands in the list.

    `days` ago it was used last.
    """

    name: str
    question: str = ""
    answer: str = ""
    days: int = 0
    files: tuple[Sample, ...] = ()


BEES: Final = Chat(
    "A balcony for bees",
    "I have a sunny balcony of four square metres. What can I plant so that bees find something from March to October?",
    """\
Plant for a **relay**: whenever one plant fades, the next should open. Four pots are enough.

| Pot | Plant | In flower | Depth |
|:----|:------|:----------|------:|
| 1 | Crocus, grape hyacinth | March – April | 15 cm |
| 2 | Chives, thyme | May – July | 20 cm |
| 3 | Lavender | June – August | 30 cm |
| 4 | Stonecrop, aster | August – October | 25 cm |

Three things matter more than the choice of plants:

1. **Single flowers.** Bees cannot reach the nectar of double ones.
2. **No peat and no spray.** Sand and compost, one to three, drains well.
3. **Water.** A saucer with pebbles, filled every morning.

For soil, you need about $V = \\pi r^2 h \\approx 14$ litres for each pot of 30 cm. Shall I make you a shopping list?
""",
)

PHOTOS: Final = Chat(
    "Sort photos by month",
    "A short Python script that moves photos into folders by year and month, please.",
    """\
This moves every picture into `year/month`, by the time the file was last changed, and never overwrites anything:

```python
from datetime import datetime
from pathlib import Path


def sort_photos(folder: Path) -> int:
    moved = 0
    for photo in folder.glob("*.jpg"):
        taken = datetime.fromtimestamp(photo.stat().st_mtime)
        target = folder / f"{taken:%Y}" / f"{taken:%m}" / photo.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            photo.rename(target)
            moved += 1
    return moved


print(sort_photos(Path.home() / "Pictures"), "photos moved")
```

- Photos that are there already stay where they are.
- For the time a picture was *taken*, read its EXIF data with Pillow instead of `st_mtime`.
""",
)

GO: Final = Chat(
    "The rules of Go, simply",
    "Explain the rules of Go in five sentences.",
    """\
1. Two players take turns to put a stone, **black** or **white**, on a crossing of the lines.
2. Stones of one colour that touch along the lines are a *group*.
3. A group with no empty crossing beside it is taken off the board.
4. You may not make the same position twice.
5. Who surrounds more of the board in the end has won.

That is all of it. Start on `9 × 9`: a game takes ten minutes.
""",
    days=1,
)

COSTS: Final = Chat(
    "What the balcony costs",
    "What do the plants for these four pots cost together?",
    """\
By the price list, with the pots as they stand in your plan:

| Pot | Plants | Price |
|:----|:-------|------:|
| back left | 20 × crocus, grape hyacinth | 12.00 |
| back right | 4 × chives, thyme | 14.00 |
| front left | 2 × lavender | 13.80 |
| front right | 3 × stonecrop, aster | 15.60 |
| | **together** | **55.40** |

The leaflet asks for gravel under the soil as well [soil and water.pdf, page 1].
""",
    files=(PLAN, PRICES, LEAFLET),
)

TEA: Final = Chat(
    "泡一壶好茶",
    "我刚买了一些龙井，怎么泡才好喝？",
    """\
龙井是绿茶，**水温**和**时间**最要紧：水太烫会烫熟嫩芽，泡太久会发苦。

| 步骤 | 做法 | 时间 |
|:-----|:-----|-----:|
| 温杯 | 用热水把玻璃杯烫一遍，倒掉 | 10 秒 |
| 投茶 | 每 150 毫升水放 3 克茶叶 | – |
| 润茶 | 注入三分之一的 80 °C 水，轻轻摇动 | 20 秒 |
| 冲泡 | 沿杯壁注水到七分满 | 2 分钟 |

几点小建议：

1. 水烧开后放 **五分钟** 左右，大约就是 80 °C。
2. 喝到还剩三分之一时续水，香气更连贯；一般可以续 *三次*。
3. 开封后的茶叶密封、避光，放在冰箱里冷藏。

> 一杯好的龙井，汤色清亮，入口微甜，有淡淡的豆香。
""",
)

ENGLISH: Final = (
    PHOTOS,
    Chat("Names for a sailing boat", days=1),
    GO,
    Chat("A letter to the landlord", days=3),
    Chat("What the moon does to the tides", days=5),
    Chat("Bread without kneading", days=6),
    BEES,
    COSTS,
)
CHINESE: Final = (
    Chat("周末去哪里爬山", days=1),
    Chat("给奶奶的生日祝福", days=1),
    Chat("读《红楼梦》的顺序", days=4),
    Chat("三分钟讲清楚潮汐", days=5),
    TEA,
)
