package main

import (
	"encoding/json"
	"os"
	"runtime"
	"time"

	"github.com/pollux-net/pollux/internal/procfs"
)

// report is the JSON file: every sample, and what is needed to judge them.
type report struct {
	Time     time.Time     `json:"time"`
	Go       string        `json:"go"`
	Platform string        `json:"platform"`
	Kernel   string        `json:"kernel"`
	CPUs     int           `json:"cpus"`
	Runs     int           `json:"runs"`
	Warmup   time.Duration `json:"warmup_ns"`
	Duration time.Duration `json:"duration_ns"`
	Results  []result      `json:"results"`
}

func newReport(opts options, results []result) report {
	return report{
		Time:     time.Now().UTC(),
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Kernel:   procfs.KernelRelease(),
		CPUs:     runtime.NumCPU(),
		Runs:     opts.runs,
		Warmup:   opts.warmup,
		Duration: opts.duration,
		Results:  results,
	}
}

func writeReport(file string, r report) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
