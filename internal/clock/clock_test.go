package clock_test

import (
	"math"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/leak"
)

// TestMain looks once, after all tests, for goroutines of alarms.
func TestMain(m *testing.M) { leak.Main(m) }

func TestNow(t *testing.T) {
	last := clock.Now()
	if last < int64(time.Second) {
		t.Errorf("the clock began at %d, and small readings are deadlines", last)
	}
	for range 1000 {
		now := clock.Now()
		if now < last {
			t.Fatalf("the clock went from %d back to %d", last, now)
		}
		last = now
	}
}

func TestAddSaturates(t *testing.T) {
	for _, c := range []struct {
		ns   int64
		d    time.Duration
		want int64
	}{
		{5, 3, 8},
		{5, -3, 2},
		{5, 0, 5},
		{1, math.MaxInt64, clock.Never},
		{clock.Never, 1, clock.Never},
		{clock.Never - 1, 1, clock.Never},
		{clock.Never - 1, 2, clock.Never},
		{5, math.MinInt64, math.MinInt64 + 5},
	} {
		if got := clock.Add(c.ns, c.d); got != c.want {
			t.Errorf("%v after %d is %d, want %d", c.d, c.ns, got, c.want)
		}
	}
	if got := clock.After(math.MaxInt64); got != clock.Never {
		t.Errorf("the end of time is %d", got)
	}
}

func TestTime(t *testing.T) {
	if !clock.Time(clock.Never).IsZero() {
		t.Error("Never has a time")
	}
	if !clock.Time(0).Before(time.Now()) || !clock.Time(1).Before(time.Now()) {
		t.Error("small readings are not in the past")
	}
	if !clock.Time(clock.After(time.Hour)).After(time.Now()) {
		t.Error("an hour from now is not in the future")
	}
	if !clock.Time(clock.Never - 1).After(time.Now().Add(24 * time.Hour)) {
		t.Error("the reading before Never is soon")
	}
}

func TestAlarm(t *testing.T) {
	rings := make(chan int64, 1)
	a := clock.NewAlarm(func() { rings <- clock.Now() })
	for _, deadline := range []int64{0, clock.After(2 * time.Millisecond), clock.After(time.Millisecond)} {
		a.Set(deadline)
		if at := <-rings; at < deadline {
			t.Errorf("rang %d ns early", deadline-at)
		}
	}
	a.Set(clock.After(time.Hour))
	a.Set(clock.After(time.Millisecond)) // the last one counts
	<-rings
	a.Set(clock.After(time.Hour))
	a.Stop()
	if len(rings) != 0 {
		t.Error("rang after Stop")
	}
}
