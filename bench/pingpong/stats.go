package main

import "slices"

// summary is what is left of one figure over all runs.
type summary struct {
	median, min, max float64
}

// summarise returns zeros for no values.
func summarise(values []float64) summary {
	if len(values) == 0 {
		return summary{}
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return summary{
		median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		min:    sorted[0],
		max:    sorted[n-1],
	}
}

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
	return summarise(ratios).median, len(ratios) > 0
}
