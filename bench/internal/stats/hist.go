// Package stats sums up what was measured: medians, ranges, quantiles.
package stats

import (
	"math/bits"
	"time"
)

const (
	subBits    = 5
	subBuckets = 1 << subBits
	buckets    = (64 - subBits) * subBuckets
)

// Histogram keeps durations in buckets 1/32 of their size wide: 32 linear
// buckets to each power of two, so that a quantile is at most 3 % off.
type Histogram struct {
	counts [buckets]int64
	Total  int64 // how many were recorded
}

// Record counts d, a negative one as 0.
func (h *Histogram) Record(d time.Duration) {
	h.counts[bucketOf(max(d, 0))]++
	h.Total++
}

// Reset forgets everything.
func (h *Histogram) Reset() { *h = Histogram{} }

// Quantile returns the middle of the bucket which holds the q-th part, 0 < q <= 1.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := int64(q * float64(h.Total))
	var seen int64
	for i, n := range h.counts {
		seen += n
		if seen > rank || (n > 0 && seen == h.Total) {
			return bucketMiddle(i)
		}
	}
	return 0
}

func bucketOf(d time.Duration) int {
	v := uint64(d)
	if v < subBuckets {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return (shift+1)*subBuckets + int(v>>shift) - subBuckets
}

func bucketMiddle(i int) time.Duration {
	if i < subBuckets {
		return time.Duration(i)
	}
	shift := i/subBuckets - 1
	low := uint64(i%subBuckets+subBuckets) << shift
	return time.Duration(low + uint64(1)<<shift/2)
}
