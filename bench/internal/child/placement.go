package child

// Placement gives each loop a processor and the client the next one; when
// there are not enough, server and client share what there is.
func Placement(loops int, cpus []int) (server, client []int) {
	if loops < len(cpus) {
		return cpus[:loops], cpus[loops : loops+1]
	}
	return cpus, cpus
}
