// Package collect shows the numbers of a snapshot to Prometheus.
package collect

import "github.com/prometheus/client_golang/prometheus"

// Metric is one number of a snapshot S.
type Metric[S any] struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*S) float64
}

// Counter is a number that only grows, Gauge one that does not. The labels are
// the names of those that Send is given.
func Counter[S any](name, help string, value func(*S) float64, labels ...string) Metric[S] {
	return Metric[S]{prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue, value}
}

// Gauge is explained at [Counter].
func Gauge[S any](name, help string, value func(*S) float64, labels ...string) Metric[S] {
	return Metric[S]{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue, value}
}

// Describe is the Describe of a prometheus.Collector.
func Describe[S any](ch chan<- *prometheus.Desc, metrics []Metric[S]) {
	for _, m := range metrics {
		ch <- m.desc
	}
}

// Send sends a snapshot's metrics.
func Send[S any](ch chan<- prometheus.Metric, metrics []Metric[S], s *S, labels ...string) {
	for _, m := range metrics {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(s), labels...)
	}
}
