package main

import (
	"testing"
	"time"
)

func TestPairedRatioComparesWithinRounds(t *testing.T) {
	micros := func(n int) sample { return sample{Requests: 1, CPU: time.Duration(n) * time.Microsecond} }
	base := map[int]sample{1: micros(10), 2: micros(100), 3: micros(30), 5: {}}
	of := map[int]sample{1: micros(20), 2: micros(150), 3: micros(90), 4: micros(1), 5: micros(1)}
	if got, ok := pairedRatio(of, base, sample.cpuMicros); !ok || got != 2 {
		t.Errorf("got %v, %v, want 2", got, ok)
	}
	if _, ok := pairedRatio(of, map[int]sample{9: micros(1)}, sample.cpuMicros); ok {
		t.Error("a ratio without a common round")
	}
}

func TestFiguresOfASample(t *testing.T) {
	s := sample{
		Requests: 1000, Elapsed: 2 * time.Second, CPU: 10 * time.Millisecond,
		User: 4 * time.Millisecond, System: 6 * time.Millisecond, Switches: 50,
	}
	for name, c := range map[string]struct{ got, want float64 }{
		"cpu":        {s.cpuMicros(), 10},
		"user":       {s.userMicros(), 4},
		"system":     {s.systemMicros(), 6},
		"switches":   {s.switchRate(), 0.05},
		"throughput": {s.throughput(), 500},
		"busy":       {s.busy(), 0.005},
		"nothing":    {sample{}.cpuMicros(), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
}
