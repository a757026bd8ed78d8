"""The figures in `img/` are what the engine says now, and the command says so."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from layerlab.view import figures


def test_no_figure_is_stale():
    assert figures.stale() == []


def test_a_changed_a_missing_and_a_fresh_figure_are_told_apart(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(figures, "HOME", tmp_path / "img")
    assert figures.main(["--check"]) == 1
    assert "five_layers.svg is stale" in capsys.readouterr().err
    assert figures.main([]) == 0
    assert figures.main(["--check"]) == 0
    (tmp_path / "img/opening.svg").write_text("<svg/>")
    assert figures.stale(tmp_path / "img") == ["opening.svg"]
    assert figures.main(["--draw"]) == 2


@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_figure_is_xml_that_asks_for_nothing_from_outside(name):
    drawn = figures.FIGURES[name]()
    root = ET.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["aria-label"]
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
