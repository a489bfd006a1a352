# An alias for people whose fingers know make: `make app`, `make test`. The launcher does the work: ./run

.PHONY: app test lock
app test lock:
	./run $@
