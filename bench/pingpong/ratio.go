package main

import "github.com/pollux-net/pollux/bench/internal/stats"

func each(samples []sample, figure func(sample) float64) []float64 {
	values := make([]float64, 0, len(samples))
	for _, s := range samples {
		values = append(values, figure(s))
	}
	return values
}

// pairedRatio compares two servers within each round and returns the median of
// the ratios: what the machine did to both of them in a round cancels out. ok
// is false when they have no round in common.
func pairedRatio(of, to map[int]sample, figure func(sample) float64) (ratio float64, ok bool) {
	var ratios []float64
	for round, s := range of {
		if base, both := to[round]; both && figure(base) > 0 {
			ratios = append(ratios, figure(s)/figure(base))
		}
	}
	return stats.Summarise(ratios).Median, len(ratios) > 0
}
