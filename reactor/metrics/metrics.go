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

	"github.com/pollux-net/pollux/reactor"
)

// metric is one number of a snapshot S.
type metric[S any] struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*S) float64
}

func counter[S any](name, help string, value func(*S) uint64, labels ...string) metric[S] {
	return metric[S]{prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue, func(s *S) float64 { return float64(value(s)) }}
}

func gauge[S any](name, help string, value func(*S) float64, labels ...string) metric[S] {
	return metric[S]{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue, value}
}

// send sends a snapshot's metrics.
func send[S any](ch chan<- prometheus.Metric, metrics []metric[S], s *S, labels ...string) {
	for _, m := range metrics {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(s), labels...)
	}
}

var loopMetrics = []metric[reactor.Stats]{
	loopCounter("polls", "Looks into the kernel's queue.", func(s *reactor.Stats) uint64 { return s.Polls }),
	loopCounter("harvests", "Looks for another goroutine that filled a batch.", func(s *reactor.Stats) uint64 { return s.Harvests }),
	loopCounter("events", "Events taken.", func(s *reactor.Stats) uint64 { return s.Events }),
	loopCounter("stale_events", "Events of handles already closed.", func(s *reactor.Stats) uint64 { return s.Stale }),
	loopCounter("faults", "Looks that failed.", func(s *reactor.Stats) uint64 { return s.Faults }),
	loopCounter("wakes", "Wake-ups from other goroutines that reached the parker.", func(s *reactor.Stats) uint64 { return s.Wakes }),
	loopCounter("tasks", "Posted functions run.", func(s *reactor.Stats) uint64 { return s.Tasks }),
	loopCounter("timers_fired", "Timers fired.", func(s *reactor.Stats) uint64 { return s.Timers }),
	loopCounter("parks", "Times the loop parked.", func(s *reactor.Stats) uint64 { return s.Parks }),
	{
		desc:  prometheus.NewDesc("pollux_loop_busy_seconds_total", "Time not parked.", []string{"loop"}, nil),
		kind:  prometheus.CounterValue,
		value: func(s *reactor.Stats) float64 { return s.Busy.Seconds() },
	},
	loopGauge("handles", "Handles open.", func(s *reactor.Stats) float64 { return float64(s.Handles) }),
	loopGauge("timers", "Timers set.", func(s *reactor.Stats) float64 { return float64(s.Pending) }),
	loopGauge("lag_seconds", "How late the latest timer or posted function ran.", func(s *reactor.Stats) float64 { return s.Lag.Seconds() }),
	loopGauge("lag_max_seconds", "The latest that a timer or posted function ever ran.", func(s *reactor.Stats) float64 { return s.LagMax.Seconds() }),
}

func loopCounter(name, help string, value func(*reactor.Stats) uint64) metric[reactor.Stats] {
	return counter("pollux_loop_"+name+"_total", help, value, "loop")
}

func loopGauge(name, help string, value func(*reactor.Stats) float64) metric[reactor.Stats] {
	return gauge("pollux_loop_"+name, help, value, "loop")
}

type loops struct{ group *reactor.Group }

// Loops collects what [reactor.Loop.Stats] reports, as pollux_loop_* with the
// loop's index as the label "loop". To tell several groups apart, register
// with prometheus.WrapRegistererWith.
func Loops(g *reactor.Group) prometheus.Collector { return loops{g} }

// Describe implements prometheus.Collector.
func (l loops) Describe(ch chan<- *prometheus.Desc) { describe(ch, loopMetrics) }

// Collect implements prometheus.Collector.
func (l loops) Collect(ch chan<- prometheus.Metric) {
	for _, loop := range l.group.Loops() {
		s := loop.Stats()
		send(ch, loopMetrics, &s, strconv.Itoa(loop.Index()))
	}
}

func describe[S any](ch chan<- *prometheus.Desc, metrics []metric[S]) {
	for _, m := range metrics {
		ch <- m.desc
	}
}
