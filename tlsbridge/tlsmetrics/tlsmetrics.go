// Package tlsmetrics shows the pools of handshakes to Prometheus, as package
// reactor/metrics does loops and servers:
//
//	registry.MustRegister(tlsmetrics.Handshakes(pool))
package tlsmetrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollux-net/pollux/internal/collect"
	"github.com/pollux-net/pollux/tlsbridge"
)

// Pool is a [tlsbridge.HandshakePool].
type Pool interface {
	Stats() tlsbridge.HandshakeStats
}

var poolMetrics = []collect.Metric[tlsbridge.HandshakeStats]{
	collect.Counter("pollux_handshake_steps_total", "Steps done; a handshake takes two or so.", func(s *tlsbridge.HandshakeStats) float64 { return float64(s.Steps) }),
	collect.Counter("pollux_handshake_refused_total", "Steps that found no room in the queue.", func(s *tlsbridge.HandshakeStats) float64 { return float64(s.Refused) }),
	collect.Gauge("pollux_handshake_waiting", "Steps that wait.", func(s *tlsbridge.HandshakeStats) float64 { return float64(s.Waiting) }),
	collect.Gauge("pollux_handshake_running", "Steps being done.", func(s *tlsbridge.HandshakeStats) float64 { return float64(s.Running) }),
}

type handshakes struct{ pool Pool }

// Handshakes collects what a pool's Stats reports, as pollux_handshake_*. To
// tell several apart, register with prometheus.WrapRegistererWith.
func Handshakes(p Pool) prometheus.Collector { return handshakes{p} }

// Describe implements prometheus.Collector.
func (h handshakes) Describe(ch chan<- *prometheus.Desc) { collect.Describe(ch, poolMetrics) }

// Collect implements prometheus.Collector.
func (h handshakes) Collect(ch chan<- prometheus.Metric) {
	s := h.pool.Stats()
	collect.Send(ch, poolMetrics, &s)
}
