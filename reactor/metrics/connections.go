package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollux-net/pollux/internal/collect"
	"github.com/pollux-net/pollux/reactor/stream"
)

var connMetrics = []collect.Metric[stream.Stats]{
	connGauge("open", "Connections open.", func(s *stream.Stats) float64 { return float64(s.Conns) }),
	connCounter("opened", "Connections opened.", func(s *stream.Stats) uint64 { return s.Opened }),
	connCounter("closed", "Connections closed.", func(s *stream.Stats) uint64 { return s.Closed }),
	connCounter("received_bytes", "Bytes received.", func(s *stream.Stats) uint64 { return s.BytesIn }),
	connCounter("sent_bytes", "Bytes taken by the kernel.", func(s *stream.Stats) uint64 { return s.BytesOut }),
	connGauge("buffered_bytes", "Memory that kept input and owed output take.", func(s *stream.Stats) float64 { return float64(s.Buffered) }),
	connCounter("timeouts", "Timeouts that came up.", func(s *stream.Stats) uint64 { return s.Timeouts }),
	connCounter("resets", "Connections closed by an error of the system, or aborted here.", func(s *stream.Stats) uint64 { return s.Resets }),
	connCounter("pauses", "Times a connection's output passed the high watermark.", func(s *stream.Stats) uint64 { return s.Pauses }),
	connGauge("paused", "Connections that wait for their peers to take output.", func(s *stream.Stats) float64 { return float64(s.Paused) }),
	connCounter("accepted", "Connections that came and were taken.", func(s *stream.Stats) uint64 { return s.Accepted }),
	connCounter("shed", "Connections reset because the process had no descriptor left.", func(s *stream.Stats) uint64 { return s.Shed }),
	connCounter("refused", "Connections reset because their peer had too many.", func(s *stream.Stats) uint64 { return s.Refused }),
	connCounter("rests", "Times a listener rested because accepting had failed.", func(s *stream.Stats) uint64 { return s.Rests }),
	connCounter("full", "Times a listener waited because there were too many connections.", func(s *stream.Stats) uint64 { return s.Full }),
	connCounter("dialed", "Dials that connected.", func(s *stream.Stats) uint64 { return s.Dialed }),
	connCounter("undialed", "Dials that failed.", func(s *stream.Stats) uint64 { return s.Undialed }),
}

func connCounter(name, help string, value func(*stream.Stats) uint64) collect.Metric[stream.Stats] {
	return collect.Counter("pollux_conns_"+name+"_total", help, func(s *stream.Stats) float64 { return float64(value(s)) })
}

func connGauge(name, help string, value func(*stream.Stats) float64) collect.Metric[stream.Stats] {
	return collect.Gauge("pollux_conns_"+name, help, value)
}

// Hub is a [stream.Server] or a [stream.Client].
type Hub interface{ Stats() stream.Stats }

type connections struct{ hub Hub }

// Connections collects what a server's or client's Stats reports, as
// pollux_conns_*. To tell several apart, register with
// prometheus.WrapRegistererWith.
func Connections(h Hub) prometheus.Collector { return connections{h} }

// Describe implements prometheus.Collector.
func (c connections) Describe(ch chan<- *prometheus.Desc) { collect.Describe(ch, connMetrics) }

// Collect implements prometheus.Collector.
func (c connections) Collect(ch chan<- prometheus.Metric) {
	s := c.hub.Stats()
	collect.Send(ch, connMetrics, &s)
}
