package procfs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// RSS is the memory of a process that is in RAM, in bytes and exactly: the
// counters in /proc/PID/status lag behind.
func RSS(pid int) (int64, error) { return readKB(pid, "smaps_rollup", "Rss") }

// PeakRSS is the most it has been since ResetPeak, in bytes.
func PeakRSS(pid int) (int64, error) { return readKB(pid, "status", "VmHWM") }

// ResetPeak has the peak start again from the memory of now.
func ResetPeak(pid int) error {
	return os.WriteFile(procFile(pid, "clear_refs"), []byte("5"), 0)
}

// Descriptors is the number of descriptors a process has open.
func Descriptors(pid int) (int, error) {
	entries, err := os.ReadDir(procFile(pid, "fd"))
	return len(entries), err
}

func procFile(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}

func readKB(pid int, file, field string) (int64, error) {
	text, err := os.ReadFile(procFile(pid, file))
	if err != nil {
		return 0, err
	}
	n, err := parseKB(string(text), field)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	return n, nil
}

// parseKB finds a line like "VmHWM:   123 kB".
func parseKB(text, field string) (int64, error) {
	for line := range strings.Lines(text) {
		rest, found := strings.CutPrefix(line, field+":")
		if !found {
			continue
		}
		number, found := strings.CutSuffix(strings.TrimSpace(rest), " kB")
		if !found {
			return 0, fmt.Errorf("%q", line)
		}
		n, err := strconv.ParseInt(number, 10, 64)
		return n * 1024, err
	}
	return 0, fmt.Errorf("no %s", field)
}
