using IslGateway.Caching.Epochs;

namespace IslGateway.Workflows.Compare;

/// <summary>Adds up what a comparison finds. Used by several threads at once.</summary>
/// <param name="begun">What is known of it when it begins.</param>
internal sealed class CompareTally(CompareReport begun)
{
    /// <summary>Places of the accounts of ISL's settings that are listed.</summary>
    private const int MaxConfiguration = 50;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, EndpointComparison> _endpoints = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _configuration = new(StringComparer.Ordinal);
    private (Epoch? Epoch, bool IsSimulated) _now;
    private int _done;

    /// <summary>Questions of which it is known what became of them.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Takes what the other side says that it is.</summary>
    public void Know(Epoch? epoch, bool isSimulated)
    {
        lock (_gate) _now = (epoch ?? _now.Epoch, isSimulated || _now.IsSimulated);
    }

    /// <summary>Adds what became of a question.</summary>
    /// <param name="result">What became of it.</param>
    /// <param name="tell">Is told, by one thread at a time.</param>
    public void Add(CompareResult result, Action<CompareProgress> tell)
    {
        lock (_gate)
        {
            if (!_endpoints.TryGetValue(result.Row.Path, out var endpoint))
                _endpoints.Add(result.Row.Path, endpoint = new EndpointComparison(result.Row, begun.Tolerance));
            endpoint.Add(result);
            foreach (var place in result.Differences?.Configuration ?? [])
            {
                if (_configuration.Count < MaxConfiguration) _configuration.Add(place);
            }

            _done++;
            tell(new CompareProgress(_done, begun.Questions, result, result.Differences?.Exceed(begun.Tolerance) == true));
        }
    }

    /// <summary>What was found so far.</summary>
    /// <param name="took">How long that took.</param>
    /// <param name="stopped">Why it goes no further; null: there is nothing left.</param>
    public CompareReport Report(TimeSpan took, string? stopped)
    {
        lock (_gate)
        {
            return begun with
            {
                Took = took,
                Questions = Math.Max(begun.Questions, _done),
                Now = _now.Epoch,
                IsSimulated = _now.IsSimulated,
                Endpoints = [.. _endpoints.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => one.Value.Report())],
                Configuration = [.. _configuration],
                Stopped = stopped,
            };
        }
    }
}
