package child

import (
	"slices"
	"testing"
)

func TestPlacement(t *testing.T) {
	for _, c := range []struct {
		loops                int
		cpus, server, client []int
	}{
		{1, []int{0, 1}, []int{0}, []int{1}},
		{2, []int{0, 1}, []int{0, 1}, []int{0, 1}},
		{2, []int{0, 2, 4, 6}, []int{0, 2}, []int{4}},
		{1, []int{3}, []int{3}, []int{3}},
	} {
		server, client := Placement(c.loops, c.cpus)
		if !slices.Equal(server, c.server) || !slices.Equal(client, c.client) {
			t.Errorf("%d loops on %v: got %v and %v", c.loops, c.cpus, server, client)
		}
	}
}
