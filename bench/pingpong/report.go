package main

import (
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"time"
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
		Kernel:   kernelRelease(),
		CPUs:     runtime.NumCPU(),
		Runs:     opts.runs,
		Warmup:   opts.warmup,
		Duration: opts.duration,
		Results:  results,
	}
}

// kernelRelease is for the reader only: unknown is an answer.
func kernelRelease() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(release))
}

func writeReport(file string, r report) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
