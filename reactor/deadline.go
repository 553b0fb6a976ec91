package reactor

import (
	"time"

	"github.com/pollux-net/pollux/internal/clock"
)

// Deadline converts a point in time to a reading of the clock that [Now]
// reads; the zero time becomes [Never]. Any goroutine.
func Deadline(t time.Time) int64 { return clock.Of(t) }
