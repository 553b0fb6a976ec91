package procfs

import "testing"

func TestParseKB(t *testing.T) {
	const status = "Name:\tx\nVmHWMx:\t1 kB\nVmHWM:\t  123 kB\n"
	if n, err := parseKB(status, "VmHWM"); err != nil || n != 123*1024 {
		t.Errorf("got %v, %v", n, err)
	}
	for _, bad := range []string{"", "VmHWM: 5 MB\n", "VmHWM: x kB\n"} {
		if _, err := parseKB(bad, "VmHWM"); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}
