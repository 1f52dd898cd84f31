"""The browser app's copy of the protocol follows the Python structs."""

from scripts.protocol_types import FILE, generate


def test_protocol_changed_then_the_kept_types_are_the_new_ones() -> None:
    stale = "web/ui speaks an older protocol; run `python -m scripts.protocol_types`."
    assert FILE.read_text(encoding="utf-8") == generate(), stale


def test_frame_with_defaults_then_optional_only_where_a_client_may_leave_it_out() -> None:
    text = generate()
    assert "readonly expires_in_ms?: number;" in text
    assert "readonly held_since_ms: number | null;" in text


def test_array_like_struct_then_it_is_a_tuple() -> None:
    assert "export type SkillNeed = readonly [skill: string, proficiency: number];" in generate()
