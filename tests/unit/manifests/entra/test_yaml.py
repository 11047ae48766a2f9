"""Texts of any kind, written and read again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents import read_documents
from reconciler.manifests.entra.drafts import FilterDraft, GroupDraft, Line, MappingDraft
from reconciler.manifests.entra.write_yaml import filter_text, mapping_text
from reconciler.manifests.suppress import read_suppressions
from reconciler.model.identity import Kind

TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", "null", "~", "true", "No", "- x", "a: b", "a #b", "'", '"', "\\", "{x}", "[x]", "!x", "&x",
     "*x", "%x", "@x", "`x", "x:", "? x", "---", "...", "|", ">", "0", "\x00", "\u2028", "\ufeff",
     " x ", "x\ny", "x\n", "\nx", "x\n\n  y\nz", "# reconciler: ignore[x] y", "\U0001f600", "<<"]
)  # fmt: skip


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_text_is_read_as_it_was_written(values: list[str], remark: str) -> None:
    fields = tuple((f"field{number}", value) for number, value in enumerate(values))
    left_out = Line(fields, (remark,), live=False)
    draft = MappingDraft("m", Kind.USER, (left_out, Line(fields, (remark,))), (remark,))

    text = mapping_text(draft).encode()

    (document,), found = read_documents(text, "m.yaml")
    assert found == ()
    spec = document["spec"]
    assert isinstance(spec, dict)
    assert spec["attributes"] == [dict(fields)]
    assert read_suppressions(text, "m.yaml").comments == ()


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    line = Line((("attribute", "mail"),))
    text = filter_text(FilterDraft("f", Kind.USER, (GroupDraft(name, (line,)),)))
    (document,), found = read_documents(text.encode(), "f.yaml")
    assert found == ()
    spec = document["spec"]
    assert isinstance(spec, dict)
    assert spec["anyOf"] == [{"name": name, "allOf": [{"attribute": "mail"}]}]
