package table

import "testing"

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.000", 0.0123: "0.012", 0.5: "0.50", 9.87: "9.87", 12.34: "12.3", 456.7: "457", 9999: "9999", 98765: "98.8k",
	} {
		if got := Figure(v); got != want {
			t.Errorf("Figure(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestAlign(t *testing.T) {
	got := Align([][]string{{"a", "µs", "x"}, {"long", "1"}, {"b", "22", "yy", "z"}})
	want := "a     µs  x\nlong  1\nb     22  yy  z\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestParseInts(t *testing.T) {
	if list, err := ParseInts("7, 8", 7); err != nil || Ints(list) != "7,8" {
		t.Errorf("got %v, %v", list, err)
	}
	for _, bad := range []string{"", "x", "6,7", "7,"} {
		if _, err := ParseInts(bad, 7); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}
