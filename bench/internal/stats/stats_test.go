package stats

import "testing"

func TestSummarise(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Summary
	}{
		{nil, Summary{}},
		{[]float64{3}, Summary{3, 3, 3}},
		{[]float64{9, 1, 5}, Summary{5, 1, 9}},
		{[]float64{4, 1, 2, 9}, Summary{3, 1, 9}},
	} {
		if got := Summarise(c.values); got != c.want {
			t.Errorf("Summarise(%v) = %v, want %v", c.values, got, c.want)
		}
	}
}

func TestRatioToNothing(t *testing.T) {
	if got := Ratio(1, 0); got != 0 {
		t.Errorf("got %v", got)
	}
	if got := Ratio(1, 2); got != 0.5 {
		t.Errorf("got %v", got)
	}
}
