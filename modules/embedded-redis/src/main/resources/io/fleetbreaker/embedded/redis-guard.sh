# Runs a server for as long as the JVM that holds the other end of standard input.
# Arguments: the private directory to remove at the end, then the server's command line.
#
# The end of standard input is the one signal that also arrives when the JVM was killed with -9.
# All other signals are ignored: Ctrl-C and a closed terminal are the JVM's business, which stops
# its workers first and this server last.
trap '' INT HUP QUIT TERM
dir=$1
shift

# A shell gives its background jobs /dev/null to read, hence the copy.
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
echo "guarded-pid $server"

# Nothing is stored, so nothing is lost by ending the server without asking it. Its pid cannot have
# been given to another process: it stays taken until the wait below has returned.
(
  while read -r _; do :; done <&3
  kill -KILL "$server"
) 2>/dev/null &
watcher=$!

wait "$server" 2>/dev/null
code=$?
kill -KILL "$watcher" 2>/dev/null
rm -rf -- "$dir"
exit "$code"
