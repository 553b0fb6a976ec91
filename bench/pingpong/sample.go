package main

import (
	"time"

	"github.com/pollux-net/pollux/bench/internal/stats"
)

// sample is the outcome of one run, as the client prints it.
type sample struct {
	Requests int64            `json:"requests"`
	Calls    map[string]int64 `json:"calls,omitempty"` // system calls of the server, by name
	Elapsed  time.Duration    `json:"elapsed_ns"`
	// CPU is the server's processor time; User and System divide it in the
	// proportion of the clock ticks seen in either.
	CPU      time.Duration `json:"cpu_ns"`
	User     time.Duration `json:"user_ns"`
	System   time.Duration `json:"system_ns"`
	Switches int64         `json:"context_switches"`
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
	// ClientCPU is the load's own processor time. Others is what the rest of
	// the machine used meanwhile, Steal what the hypervisor took.
	ClientCPU time.Duration `json:"client_cpu_ns"`
	Others    time.Duration `json:"others_ns"`
	Steal     time.Duration `json:"steal_ns"`
}

func (s sample) perRequest(d time.Duration) float64 {
	return stats.Ratio(float64(d)/float64(time.Microsecond), float64(s.Requests))
}

func (s sample) cpuMicros() float64    { return s.perRequest(s.CPU) }
func (s sample) userMicros() float64   { return s.perRequest(s.User) }
func (s sample) systemMicros() float64 { return s.perRequest(s.System) }
func (s sample) switchRate() float64   { return stats.Ratio(float64(s.Switches), float64(s.Requests)) }

func (s sample) throughput() float64 { return stats.Ratio(float64(s.Requests), s.Elapsed.Seconds()) }
func (s sample) p50Micros() float64  { return float64(s.P50) / float64(time.Microsecond) }
func (s sample) p99Micros() float64  { return float64(s.P99) / float64(time.Microsecond) }
func (s sample) busy() float64       { return s.share(s.CPU) }
func (s sample) clientBusy() float64 { return s.share(s.ClientCPU) }
func (s sample) othersBusy() float64 { return s.share(s.Others) }
func (s sample) stolen() float64     { return s.share(s.Steal) }

// noise is what the run had to do without: time of others and of the hypervisor.
func (s sample) noise() float64 { return s.othersBusy() + s.stolen() }

// share is d as a part of the elapsed time: 1 is one processor.
func (s sample) share(d time.Duration) float64 { return stats.Ratio(float64(d), float64(s.Elapsed)) }
