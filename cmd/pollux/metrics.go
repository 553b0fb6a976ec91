package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pollux-net/pollux/reactor/metrics"
	"github.com/pollux-net/pollux/tlsbridge/tlsmetrics"
)

// observer shows what a server does to Prometheus and pprof, on a listener of
// its own in package net, which works also while the loops do not.
type observer struct {
	server http.Server
	served chan error
}

// observe listens at an address, and tells standard error where.
func observe(v *service, addr string) (*observer, error) {
	registry := prometheus.NewRegistry()
	if v.pool != nil {
		registry.MustRegister(tlsmetrics.Handshakes(v.pool))
	}
	registry.MustRegister(metrics.Loops(v.group), metrics.Connections(v.server), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--metrics %s: %w", addr, err)
	}
	if _, err := fmt.Fprintf(v.env.stderr, "pollux: metrics at http://%s/metrics\n", l.Addr()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	o := &observer{server: http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}, served: make(chan error, 1)}
	go func() { o.served <- o.server.Serve(l) }()
	return o, nil
}

// close ends it at once, a profile that is being taken too.
func (o *observer) close() error {
	err := o.server.Close()
	if served := <-o.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
