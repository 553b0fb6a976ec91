package stats

import (
	"math"
	"testing"
	"time"
)

func TestBucketsAreContiguousAndNarrow(t *testing.T) {
	last := -1
	for _, v := range []time.Duration{0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 1000, 1e6, 1e9, math.MaxInt64} {
		i := bucketOf(v)
		if i < last || i >= buckets {
			t.Fatalf("bucketOf(%d) = %d after %d, of %d", v, i, last, buckets)
		}
		last = i
		if off := math.Abs(float64(bucketMiddle(i)-v)) / float64(max(v, 1)); off > 1.0/subBuckets {
			t.Errorf("bucketMiddle(bucketOf(%d)) = %d", v, bucketMiddle(i))
		}
	}
	for v := time.Duration(1); v < 5000; v++ {
		if step := bucketOf(v) - bucketOf(v-1); step != 0 && step != 1 {
			t.Fatalf("%d buckets from %d to %d", step, v-1, v)
		}
	}
}

func TestQuantiles(t *testing.T) {
	var h Histogram
	if got := h.Quantile(0.5); got != 0 {
		t.Errorf("median of nothing: %v", got)
	}
	for v := range 1000 {
		h.Record(time.Duration(v) * time.Microsecond)
	}
	for _, q := range []float64{0.01, 0.5, 0.99, 1} {
		want := q * 1e6
		if got := float64(h.Quantile(q)); math.Abs(got-want) > want/16 {
			t.Errorf("quantile(%v) = %v, want about %v", q, got, want)
		}
	}
	h.Record(-time.Second)
	if h.Total != 1001 || h.counts[0] != 2 {
		t.Errorf("a negative duration is not counted as 0")
	}
	h.Reset()
	if h.Total != 0 || h.Quantile(1) != 0 {
		t.Error("reset left something")
	}
}
