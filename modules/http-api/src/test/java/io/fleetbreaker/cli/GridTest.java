package io.fleetbreaker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GridTest {

  @Test
  void cellsThatDoNotFitGoOnBesideEachOther() {
    Grid grid = new Grid(34, "NAME", "WHY");
    grid.row("a-name-without-any-space", "a reason of several words");
    grid.row("b", "c");

    assertThat(grid.lines())
        .containsExactly(
            "NAME              WHY",
            "a-name-without-a  a reason of",
            "ny-space          several words",
            "b                 c");
  }

  @Test
  void wideSignsTakeTwoColumns() {
    Grid grid = new Grid(80, "NAME", "WHY");
    grid.row("漢字", "x");
    grid.row("abcd", "y");

    assertThat(grid.lines()).containsExactly("NAME  WHY", "漢字  x", "abcd  y");
  }

  @Test
  void whatWouldDriveATerminalIsMadePlain() {
    Grid grid = new Grid(80, "NAME");
    grid.row("\u001b[31m\n");

    assertThat(grid.lines()).containsExactly("NAME", "\\u001b[31m\\u000a");
  }

  @Test
  void aTableWithoutRowsIsItsHeadings() {
    assertThat(new Grid(80, "A", "B").lines()).containsExactly("A  B");
  }

  @Test
  void agesAreAsExactAsPeopleNeed() {
    assertThat(Ages.text(-1)).isEqualTo("0 ms");
    assertThat(Ages.text(999)).isEqualTo("999 ms");
    assertThat(Ages.text(119_999)).isEqualTo("119 s");
    assertThat(Ages.text(120_000)).isEqualTo("2 min");
    assertThat(Ages.text(7_500_000)).isEqualTo("2 h 5 min");
    assertThat(Ages.text(3L * 86_400_000 + 3_600_000)).isEqualTo("3 d 1 h");
  }
}
