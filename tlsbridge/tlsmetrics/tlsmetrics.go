// Package tlsmetrics shows the pools of handshakes to Prometheus, as package
// reactor/metrics does loops and servers:
//
//	registry.MustRegister(tlsmetrics.Handshakes(pool))
package tlsmetrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollux-net/pollux/tlsbridge"
)

// Pool is a [tlsbridge.HandshakePool].
type Pool interface {
	Stats() tlsbridge.HandshakeStats
}

var (
	steps   = desc("steps_total", "Steps done; a handshake takes two or so.")
	refused = desc("refused_total", "Steps that found no room in the queue.")
	waiting = desc("waiting", "Steps that wait.")
	running = desc("running", "Steps being done.")
)

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("pollux_handshake_"+name, help, nil, nil)
}

type handshakes struct{ pool Pool }

// Handshakes collects what a pool's Stats reports, as pollux_handshake_*. To
// tell several apart, register with prometheus.WrapRegistererWith.
func Handshakes(p Pool) prometheus.Collector { return handshakes{p} }

// Describe implements prometheus.Collector.
func (h handshakes) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{steps, refused, waiting, running} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (h handshakes) Collect(ch chan<- prometheus.Metric) {
	s := h.pool.Stats()
	ch <- prometheus.MustNewConstMetric(steps, prometheus.CounterValue, float64(s.Steps))
	ch <- prometheus.MustNewConstMetric(refused, prometheus.CounterValue, float64(s.Refused))
	ch <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(s.Waiting))
	ch <- prometheus.MustNewConstMetric(running, prometheus.GaugeValue, float64(s.Running))
}
