"""What pydantic's lax mode takes, as ISL uses it: FastAPI parses a body and has the object validated.

Run with a seed and a number of bodies for each model. Writes one line of JSON for pydantic's version, then for each model its OpenAPI
document, then for each body what became of it.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import decimal
import enum
import json
import pathlib
import random
import sys
import uuid
import warnings
from typing import Annotated, Any, DefaultDict, Deque, Dict, List, Literal, Mapping, NamedTuple, Optional, Sequence, Union

import pydantic
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, Json, RootModel, SecretStr, ValidationError
from pydantic.alias_generators import to_camel
from typing_extensions import NotRequired, TypedDict

warnings.simplefilter("ignore")


class Color(str, enum.Enum):
    RED = "red"
    BLUE = "blue"
    ONE = "1"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class AnyCase(str, enum.Enum):
    LOW = "low"
    HIGH = "high"

    @classmethod
    def _missing_(cls, value):
        text = value.strip().lower() if isinstance(value, str) else None
        return next((member for member in cls if member.value == text), None)


class Mixed(enum.Enum):
    WORD = "a"
    WHOLE = 2
    BROKEN = 1.5


class Half(float, enum.Enum):
    HALF = 0.5
    WHOLE = 1.0


class Enums(BaseModel):
    color: Color
    level: Level
    any_case: AnyCase = "low"
    mixed: Mixed = "a"
    half: Half = 0.5
    literal: Literal["a", "b", 1, True] = "a"
    maybe: Optional[Color] = None
    or_none: Literal["x", None] = None
    colors: List[Color] = []
    counts: Dict[Color, int] = {}


class Pair(NamedTuple):
    first: int
    second: str = "x"


class Typed(TypedDict):
    a: int
    b: NotRequired[List[int]]


@dataclasses.dataclass
class Data:
    x: int
    y: List[int] = dataclasses.field(default_factory=list)


class Scalars(BaseModel):
    i: int
    f: float
    s: str
    b: bool
    any: Any


class MoreScalars(BaseModel):
    d: Optional[decimal.Decimal] = None
    moment: Optional[datetime.datetime] = None
    day: Union[datetime.date, None] = None
    span: Optional[datetime.timedelta] = None
    id: Optional[uuid.UUID] = None
    data: Optional[bytes] = None
    json_text: Optional[Json[List[int]]] = None
    url: Optional[AnyUrl] = None
    secret: Optional[SecretStr] = None
    path: Optional[pathlib.Path] = None
    anything: object = None


class Optionals(BaseModel):
    i: Optional[int] = None
    f: Union[float, List[float], None] = None
    s: Union[str, int] = "1"
    b: Union[bool, Dict[str, bool]] = True
    items: list = None
    members: dict = None
    again: Optional[Optionals] = None


class Collections(BaseModel):
    numbers: List[int] = []
    words: set[str] = set()
    frozen: frozenset[int] = frozenset()
    pair: tuple[int, str] = (1, "a")
    many: tuple[int, ...] = ()
    sequence: Sequence[float] = []
    values: Dict[str, float] = {}
    mapping: Mapping[str, List[int]] = {}
    by_number: Dict[int, str] = {}
    defaults: DefaultDict[str, List[int]] = {}
    queue: Deque[int] = []
    named: Pair = Pair(1)
    typed: Typed = {"a": 1}
    data: Data = Data(1)
    table: List[List[float]] = []


class Cat(BaseModel):
    kind: Literal["cat"]
    claws: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tail: List[int]


class Pets(BaseModel):
    pet: Annotated[Union[Cat, Dog], Field(discriminator="kind")]
    others: List[Annotated[Union[Cat, Dog], Field(discriminator="kind")]] = []
    either: Union[Cat, Dog, None] = None
    mixed: Union[Cat, str, List[Dog]] = "x"


class Tree(BaseModel):
    value: float
    kids: List[Tree] = []
    named: Dict[str, Union[Tree, float]] = {}


class Edge(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    from_node: str = Field(alias="from")
    to_node: str = Field(alias="to")
    weights: List[int] = Field(alias="weight_list")


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    sample_count: int
    chosen_name: str
    options_list: List[int]


class Extras(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: Dict[str, List[int]]
    a: int


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int
    b: List[int] = []


class Numbers(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)
    s: str
    literal: Literal["1", "2"]
    words: List[str] = []


class Limits(BaseModel):
    few: Annotated[List[int], Field(min_length=2)]
    shaped: Annotated[str, Field(pattern="^a+$", min_length=1)]
    large: Annotated[int, Field(ge=3)]
    keyed: Dict[Annotated[str, Field(pattern="^k")], List[int]] = {}


class Listed(RootModel[List[int]]):
    pass


class Either(RootModel[Union[List[int], Dict[str, int], None]]):
    pass


MODELS = [
    Enums, Scalars, MoreScalars, Optionals, Collections, Pets, Tree, Edge, Camel, Extras, Strict, Numbers, Limits, Listed, Either,
]

# Complaints of the kinds that the gateway makes itself; of the others it knows nothing.
STRUCTURAL = {"missing", "list_type", "dict_type", "model_type", "enum", "literal_error", "set_type", "frozen_set_type"}

JUNK = [
    None, [], {}, "5", 5, True, "x", 1.5, [1], {"a": 1}, [[1]], [{}], "true", 0, -1, "low", " HIGH ", "", {"a": []}, ["a", "b"], "red",
    "cat",
]


class Bodies:
    """Bodies that fit a schema more or less."""

    def __init__(self, document: dict, chance: random.Random):
        self._schemas, self._chance = document["components"]["schemas"], chance

    def make(self):
        body = self._valid(self._schemas["Root"])
        for _ in range(self._chance.choice([0, 0, 1, 1, 1, 2, 3])):
            body = self._spoilt(body)
        return body

    def _valid(self, schema: Any, depth: int = 0) -> Any:
        chance = self._chance
        if not isinstance(schema, dict):
            return chance.choice(JUNK)
        if "$ref" in schema:
            return self._valid(self._schemas[schema["$ref"].split("/")[-1]], depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return chance.choice(schema["enum"])
        for keyword in ("anyOf", "oneOf", "allOf"):
            if keyword in schema:
                return self._valid(chance.choice(schema[keyword]), depth + 1)
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                if "prefixItems" in schema:
                    return [self._valid(item, depth + 1) for item in schema["prefixItems"]]
                count = 0 if depth > 8 else max(schema.get("minItems", 0), chance.randint(0, 3))
                return [self._valid(schema.get("items", True), depth + 1) for _ in range(count)]
            case "string":
                return chance.choice(["abc", "a", "aa", "2024-01-01", "2024-01-01T00:00:00Z", "[1]", "http://x/"])
            case "integer":
                return chance.choice([1, 5, 100, "7", True, 2.0])
            case "number":
                return chance.choice([0.5, 1, "0.5", True])
            case "boolean":
                return chance.choice([True, False, "true", 1, "no"])
            case "null":
                return None
        return chance.choice(JUNK)

    def _object(self, schema: dict, depth: int) -> dict:
        made = {}
        for name, member in schema.get("properties", {}).items():
            if name in schema.get("required", []) or (self._chance.random() < 0.4 and depth < 6):
                made[name] = self._valid(member, depth + 1)
        if isinstance(schema.get("additionalProperties"), dict) and depth < 8:
            made[self._chance.choice(["1", "k", "red", "x"])] = self._valid(schema["additionalProperties"], depth + 1)
        return made

    def _spoilt(self, body: Any) -> Any:
        body, chance = copy.deepcopy(body), self._chance
        places: list[tuple[Any, Any]] = []

        def walk(value: Any):
            members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            for name, member in members:
                places.append((value, name))
                walk(member)

        walk(body)
        if not places or chance.random() < 0.05:
            return chance.choice(JUNK)
        parent, name = chance.choice(places)
        match chance.randint(0, 9):
            case 0 | 1 | 2:
                del parent[name]
            case 3 | 4 | 5:
                parent[name] = chance.choice(JUNK)
            case 6:
                parent[name] = [parent[name]]
            case 7:
                parent[name] = {"k": parent[name]}
            case _ if isinstance(parent, dict):
                other = chance.choice([f"{name}_", f"{name}_node", str(name).upper(), to_snake(str(name)), "unknown"])
                parent[other] = parent.pop(name)
        return body


def to_snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def document_of(model: type[BaseModel]) -> dict:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"openapi": "3.1.0", "components": {"schemas": {**schema.pop("$defs", {}), "Root": schema}}}


def verdict(model: type[BaseModel], body: Any) -> str:
    try:
        # As FastAPI calls it.
        model.model_validate(body, from_attributes=True)
        return "taken"
    except ValidationError as error:
        return "structural" if any(one["type"] in STRUCTURAL for one in error.errors()) else "refused"


def main(seed: int, count: int):
    print(json.dumps({"pydantic": pydantic.VERSION}))
    chance = random.Random(seed)
    for model in MODELS:
        document = document_of(model)
        print(json.dumps({"model": model.__name__, "document": document}))
        bodies = Bodies(document, chance)
        for _ in range(count):
            body = bodies.make()
            print(json.dumps({"body": body, "verdict": verdict(model, body)}))


main(int(sys.argv[1]), int(sys.argv[2]))
