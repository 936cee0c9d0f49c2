"""What Discord refuses in a body, where it says so, and with which word."""

from typing import Any

import pytest

from rehearsal.discord.api.commands import check_commands, is_name
from rehearsal.discord.api.components import check_modal
from rehearsal.discord.api.errors import ApiError, Form
from rehearsal.discord.api.http import Upload
from rehearsal.discord.api.validation import check_message

V2 = 1 << 15
LIMIT = 10 * 1024 * 1024
MAX, BAD, REQUIRED = "BASE_TYPE_MAX_LENGTH", "BASE_TYPE_BAD_LENGTH", "BASE_TYPE_REQUIRED"
Json = dict[str, Any]


def button(custom_id: str = "a", **changes: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id} | changes


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def text(content: str = "x") -> Json:
    return {"type": 10, "content": content}


def problems(error: ApiError) -> dict[str, str]:
    """{"embeds.0.title": "BASE_TYPE_MAX_LENGTH"} of a 50035's tree."""
    assert (error.status, error.body["code"], error.body["message"]) == (400, 50035, "Invalid Form Body")
    found: dict[str, str] = {}

    def walk(node: Json, path: tuple[str, ...]) -> None:
        for key, inner in node.items():
            if key == "_errors":
                found[".".join(path)] = inner[0]["code"]
            else:
                walk(inner, (*path, key))

    walk(error.body["errors"], ())
    return found


def refused(payload: Json, files: dict[str, Upload] | None = None) -> dict[str, str]:
    with pytest.raises(ApiError) as caught:
        check_message(payload, files or {}, upload_limit=LIMIT)
    return problems(caught.value)


@pytest.mark.parametrize(
    ("payload", "where", "code"),
    [
        ({"content": "x" * 2001}, "content", MAX),
        ({"content": 5}, "content", "STRING_TYPE_CONVERT"),
        ({"nonce": "n" * 26}, "nonce", MAX),
        ({"embeds": [{"title": "t"}] * 11}, "embeds", MAX),
        ({"embeds": [{"title": "t" * 257}]}, "embeds.0.title", MAX),
        ({"embeds": [{"description": "t" * 4097}]}, "embeds.0.description", MAX),
        ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, "embeds.0.fields", MAX),
        ({"embeds": [{"fields": [{"name": "n" * 257, "value": "v"}]}]}, "embeds.0.fields.0.name", MAX),
        ({"embeds": [{"fields": [{"name": "n", "value": ""}]}]}, "embeds.0.fields.0.value", REQUIRED),
        ({"embeds": [{"fields": [{"name": "n", "value": "v" * 1025}]}]}, "embeds.0.fields.0.value", MAX),
        ({"embeds": [{"footer": {"text": "f" * 2049}}]}, "embeds.0.footer.text", MAX),
        ({"embeds": [{"author": {"name": "a" * 257}}]}, "embeds.0.author.name", MAX),
        ({"embeds": [{"image": {"url": "file:///x"}}]}, "embeds.0.image.url", "URL_TYPE_INVALID_SCHEME"),
        ({"embeds": [{"url": "nowhere"}]}, "embeds.0.url", "URL_TYPE_INVALID_URL"),
        ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
        ({"components": [row(button())] * 6}, "components", MAX),
        ({"components": [row(*(button(str(i)) for i in range(6)))]}, "components.0.components", BAD),
        ({"components": [row()]}, "components.0.components", BAD),
        ({"components": [row(button("x" * 101))]}, "components.0.components.0.custom_id", BAD),
        ({"components": [row(button(custom_id=""))]}, "components.0.components.0.custom_id", REQUIRED),
        ({"components": [row(button(label="x" * 81))]}, "components.0.components.0.label", MAX),
        ({"components": [row(button(style=9))]}, "components.0.components.0.style", "BASE_TYPE_CHOICES"),
        (
            {"components": [row(button()), row(button())]},
            "components.1.components.0.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        ({"components": [text()]}, "components.0.type", "UNION_TYPE_CHOICES"),
        (
            {"components": [row({"type": 3, "custom_id": "s", "options": []})]},
            "components.0.components.0.options",
            BAD,
        ),
        ({"flags": V2, "components": [text("x" * 4001)]}, "components.0.content", BAD),
        (
            {"flags": V2, "components": [text("x" * 2001), text("x" * 2000)]},
            "components",
            "COMPONENT_TEXT_TOTAL_LENGTH_EXCEEDED",
        ),
        (
            {"flags": V2, "components": [{"type": 17, "components": [text()] * 40}]},
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        ),
        (
            {"flags": V2, "components": [text()], "content": "x"},
            "content",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        (
            {"flags": V2, "components": [{"type": 9, "components": [text()]}]},
            "components.0.accessory",
            REQUIRED,
        ),
        ({"flags": V2, "components": [{"type": 17, "components": []}]}, "components.0.components", BAD),
        ({"attachments": [{"id": 0}]}, "attachments.0.id", "ATTACHMENT_NOT_FOUND"),
        (
            {"allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions",
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
    ],
)
def test_a_message_over_a_limit_is_refused(payload: Json, where: str, code: str):
    assert refused(payload)[where] == code


def test_a_message_at_every_limit_passes():
    buttons = [row(*(button(f"{i}{j}", label="x" * 80) for j in range(5))) for i in range(5)]
    embed = {"title": "t" * 256, "description": "d" * 4096, "footer": {"text": "f" * 1648}}
    check_message({"content": "x" * 2000, "embeds": [embed], "components": buttons}, {}, upload_limit=LIMIT)
    layout = [{"type": 17, "components": [text("x" * 100)] * 39}]
    check_message({"flags": V2, "components": layout}, {}, upload_limit=LIMIT)


def test_all_problems_are_told_at_once():
    found = refused({"content": "x" * 2001, "embeds": [{"title": "t" * 257}]})
    assert set(found) == {"content", "embeds.0.title"}


def test_a_file_over_the_limit():
    with pytest.raises(ApiError) as caught:
        check_message({}, {"files[0]": Upload("a.mp3", b"x" * (LIMIT + 1))}, upload_limit=LIMIT)
    assert (caught.value.status, caught.value.body["code"]) == (413, 40005)


def option(name: str = "tags", **changes: Any) -> Json:
    return {"type": 3, "name": name, "description": "d"} | changes


@pytest.mark.parametrize(
    ("command", "where", "code"),
    [
        ({"name": "Compose"}, "0.name", "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "two words"}, "0.name", "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "x" * 33}, "0.name", "APPLICATION_COMMAND_INVALID_NAME"),
        ({"description": ""}, "0.description", REQUIRED),
        ({"description": "d" * 101}, "0.description", BAD),
        ({"options": [option(str(i)) for i in range(26)]}, "0.options", MAX),
        (
            {"options": [option("a"), option("b", required=True)]},
            "0.options.1",
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        ({"options": [option(), option()]}, "0.options.1.name", "APPLICATION_COMMAND_OPTIONS_NAME_INVALID"),
        (
            {"options": [option(choices=[{"name": str(i), "value": str(i)} for i in range(26)])]},
            "0.options.0.choices",
            MAX,
        ),
        (
            {"options": [option(choices=[{"name": "a", "value": "a"}], autocomplete=True)]},
            "0.options.0.autocomplete",
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
        ),
        (
            {"options": [option(), {"type": 1, "name": "sub", "description": "d"}]},
            "0.options",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        ({"name_localizations": {"xx": "lied"}}, "0.name_localizations.xx", "ENUM_TYPE_COERCE"),
        ({"type": 3, "name": "Remix"}, "0.description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION"),
    ],
)
def test_a_command_that_discord_refuses(command: Json, where: str, code: str):
    with pytest.raises(ApiError) as caught:
        check_commands([{"name": "compose", "description": "d"} | command])
    assert problems(caught.value)[where] == code


def test_a_command_of_more_than_8000_characters():
    choices = [{"name": f"{i:0100}", "value": f"{i:0100}"} for i in range(20)]
    with pytest.raises(ApiError) as caught:
        check_commands(
            [
                {
                    "name": "a",
                    "description": "d",
                    "options": [option(str(i), choices=choices) for i in range(2)],
                }
            ]
        )
    assert problems(caught.value)["0"] == "APPLICATION_COMMAND_TOO_LARGE"


@pytest.mark.parametrize("name", ["remix-seed", "größe", "作曲", "संगीत", "เพลง", "a_b'c"])
def test_names_in_many_scripts(name: str):
    assert is_name(name)


def modal(*components: Json, **changes: Any) -> Json:
    return {"title": "Lyrics", "custom_id": "m", "components": list(components)} | changes


def field(**changes: Any) -> Json:
    return {"type": 4, "style": 2, "custom_id": "f"} | changes


def label(component: Json, **changes: Any) -> Json:
    return {"type": 18, "label": "Words", "component": component} | changes


@pytest.mark.parametrize(
    ("data", "where", "code"),
    [
        (modal(label(field()), title="t" * 46), "data.title", MAX),
        (modal(label(field()), custom_id=""), "data.custom_id", REQUIRED),
        (modal(), "data.components", BAD),
        (modal(*(label(field(custom_id=str(i))) for i in range(6))), "data.components", BAD),
        (modal(label(field(), label="l" * 46)), "data.components.0.label", MAX),
        (modal(row(field(label="l" * 46))), "data.components.0.components.0.label", MAX),
        (modal(row(field())), "data.components.0.components.0.label", REQUIRED),
        (modal(label(field(value="v" * 4001))), "data.components.0.component.value", MAX),
        (modal(label(field(value="v" * 11, max_length=10))), "data.components.0.component.value", MAX),
        (modal(label(field(max_length=4001))), "data.components.0.component.max_length", "NUMBER_TYPE_MAX"),
        (modal(label(field(placeholder="p" * 101))), "data.components.0.component.placeholder", MAX),
        (
            modal(label(field()), label(field())),
            "data.components.1.component.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (modal(row(button())), "data.components.0.components.0.type", "UNION_TYPE_CHOICES"),
    ],
)
def test_a_modal_that_discord_refuses(data: Json, where: str, code: str):
    form = Form()
    check_modal(form, data)
    with pytest.raises(ApiError) as caught:
        form.close()
    assert problems(caught.value)[where] == code
