using IslGateway.Endpoints;

namespace IslGateway.Workflows.Compare;

/// <summary>Adds up what a comparison finds of one endpoint. Used by one thread at a time.</summary>
/// <param name="row">The endpoint.</param>
/// <param name="tolerance">The largest change of a number that is allowed.</param>
internal sealed class EndpointComparison(EndpointRow row, double tolerance)
{
    /// <summary>Places that are told apart; the others are only counted.</summary>
    private const int MaxListed = 50;

    private readonly Dictionary<string, long> _failed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _notCompared = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Folded, DifferenceKind Kind), EndpointDifference> _differences = [];
    private readonly List<TimeSpan> _then = [];
    private readonly List<TimeSpan> _now = [];
    private long _equal;
    private long _different;
    private long _beyond;
    private long _more;
    private double? _largest;

    /// <summary>Adds what became of a question.</summary>
    public void Add(CompareResult result)
    {
        if (result.Then is { } then) _then.Add(then);
        if (result.Now is { } now) _now.Add(now);
        switch (result.Kind)
        {
            case CompareKind.Equal:
                _equal++;
                break;
            case CompareKind.Different:
                Add(result.Differences!);
                break;
            case CompareKind.Failed:
                _failed[result.Word!] = _failed.GetValueOrDefault(result.Word!) + 1;
                break;
            default:
                _notCompared[result.Word!] = _notCompared.GetValueOrDefault(result.Word!) + 1;
                break;
        }
    }

    /// <summary>What was found so far.</summary>
    public EndpointReport Report() => new(row)
    {
        Equal = _equal,
        Different = _different,
        BeyondTolerance = _beyond,
        Failed = new SortedDictionary<string, long>(_failed, StringComparer.Ordinal),
        NotCompared = new SortedDictionary<string, long>(_notCompared, StringComparer.Ordinal),
        LargestChange = _largest,
        Differences =
        [
            .. _differences.Values.OrderByDescending(difference => difference.Change ?? double.MaxValue)
                .ThenBy(difference => difference.Pointer, StringComparer.Ordinal),
        ],
        More = _more,
        Then = LatencyDigest.Of(_then),
        Now = LatencyDigest.Of(_now),
    };

    private void Add(AnswerDifferences differences)
    {
        _different++;
        if (differences.Exceed(tolerance)) _beyond++;
        if (differences.LargestChange is { } change && !(_largest >= change)) _largest = change;
        _more += differences.More;
        foreach (var difference in differences.Found) Add(difference);
    }

    private void Add(AnswerDifference difference)
    {
        var place = (difference.Folded, difference.Kind);
        if (_differences.TryGetValue(place, out var known))
        {
            _differences[place] = known with
            {
                Pointer = known.Pointer == difference.Pointer ? known.Pointer : difference.Folded,
                Answers = known.Answers + 1,
                Change = difference.Change > known.Change || known.Change is null ? difference.Change : known.Change,
            };
        }
        else if (_differences.Count < MaxListed)
            _differences.Add(place, new EndpointDifference(difference.Pointer, difference.Kind, 1, difference.Change));
        else _more += difference.Places;
    }
}
