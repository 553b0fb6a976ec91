// Package metrics shows loops and servers to Prometheus.
//
//	registry.MustRegister(metrics.Loops(group), metrics.Connections(server))
//
// A collector reads counters that are kept anyway: nothing is counted twice,
// and between two scrapes it costs nothing.
package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollux-net/pollux/internal/collect"
	"github.com/pollux-net/pollux/reactor"
)

var loopMetrics = []collect.Metric[reactor.Stats]{
	loopCounter("polls", "Looks into the kernel's queue.", func(s *reactor.Stats) uint64 { return s.Polls }),
	loopCounter("harvests", "Looks for another goroutine that filled a batch.", func(s *reactor.Stats) uint64 { return s.Harvests }),
	loopCounter("events", "Events taken.", func(s *reactor.Stats) uint64 { return s.Events }),
	loopCounter("stale_events", "Events of handles already closed.", func(s *reactor.Stats) uint64 { return s.Stale }),
	loopCounter("faults", "Looks that failed.", func(s *reactor.Stats) uint64 { return s.Faults }),
	loopCounter("wakes", "Wake-ups from other goroutines that reached the parker.", func(s *reactor.Stats) uint64 { return s.Wakes }),
	loopCounter("tasks", "Posted functions run.", func(s *reactor.Stats) uint64 { return s.Tasks }),
	loopCounter("timers_fired", "Timers fired.", func(s *reactor.Stats) uint64 { return s.Timers }),
	loopCounter("parks", "Times the loop parked.", func(s *reactor.Stats) uint64 { return s.Parks }),
	collect.Counter("pollux_loop_busy_seconds_total", "Time not parked.", func(s *reactor.Stats) float64 { return s.Busy.Seconds() }, "loop"),
	loopGauge("handles", "Handles open.", func(s *reactor.Stats) float64 { return float64(s.Handles) }),
	loopGauge("timers", "Timers set.", func(s *reactor.Stats) float64 { return float64(s.Pending) }),
	loopGauge("lag_seconds", "How late the latest timer or posted function ran.", func(s *reactor.Stats) float64 { return s.Lag.Seconds() }),
	loopGauge("lag_max_seconds", "The latest that a timer or posted function ever ran.", func(s *reactor.Stats) float64 { return s.LagMax.Seconds() }),
}

func loopCounter(name, help string, value func(*reactor.Stats) uint64) collect.Metric[reactor.Stats] {
	return collect.Counter("pollux_loop_"+name+"_total", help, func(s *reactor.Stats) float64 { return float64(value(s)) }, "loop")
}

func loopGauge(name, help string, value func(*reactor.Stats) float64) collect.Metric[reactor.Stats] {
	return collect.Gauge("pollux_loop_"+name, help, value, "loop")
}

type loops struct{ group *reactor.Group }

// Loops collects what [reactor.Loop.Stats] reports, as pollux_loop_* with the
// loop's index as the label "loop". To tell several groups apart, register
// with prometheus.WrapRegistererWith.
func Loops(g *reactor.Group) prometheus.Collector { return loops{g} }

// Describe implements prometheus.Collector.
func (l loops) Describe(ch chan<- *prometheus.Desc) { collect.Describe(ch, loopMetrics) }

// Collect implements prometheus.Collector.
func (l loops) Collect(ch chan<- prometheus.Metric) {
	for _, loop := range l.group.Loops() {
		s := loop.Stats()
		collect.Send(ch, loopMetrics, &s, strconv.Itoa(loop.Index()))
	}
}
