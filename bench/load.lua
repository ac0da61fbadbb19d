-- What wrk runs for bench/run: "wrk ... URL -- [MS]" waits for 0 to MS
-- milliseconds before each request.  Prints one line of results.

function init(args)
    local pause = tonumber(args[1])

    if pause then
        math.randomseed(os.time())

        function delay()
            return math.random(0, pause)
        end
    end
end


function done(summary, latency)
    local errors = summary.errors

    io.write(string.format("result %d %d %d %d %d %d\n",
             summary.requests, summary.duration, errors.status,
             errors.connect + errors.read + errors.write + errors.timeout,
             latency:percentile(50), latency:percentile(99)))
end
