using System.Globalization;
using System.Text;
using System.Text.Json;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Workflows.Inner;

namespace IslGateway.Workflows.Batch;

/// <summary>
/// The points of a sweep: one body, and what each point changes of it (RFC 7396). A point's body is made when the point is begun, and given
/// back when it has been answered: as many are held as are under way.
/// <code>
///   {"path":…, "base":{…}, "vary":[{…}, …], "method":"POST", "headers":{…}, "concurrency":8}
/// </code>
/// </summary>
internal sealed class SweepItems : IWorkItems
{
    private static readonly string[] Members = ["path", "base", "vary", "method?", "headers?"];

    private readonly List<ReadOnlyMemory<byte>> _points = [];
    private readonly BufferBudget _budget;
    private readonly LimitsOptions _limits;
    private RequestItem? _request;
    private MergeBase _base = MergeBase.Empty;
    private MergedBodies? _keys;

    private SweepItems(BufferBudget budget, LimitsOptions limits) => (_budget, _limits) = (budget, limits);

    public int Count => _points.Count;

    public int? Concurrency { get; private set; }

    /// <summary>Reads a sweep. Null, with the reason, if it is none.</summary>
    /// <param name="text">Its whole body.</param>
    /// <param name="settings">The settings that it goes by.</param>
    /// <param name="budget">Counts the bodies of its points.</param>
    /// <param name="keysOf">Makes the keys of bodies that are merged into one that a request asks with; null: none is made before.</param>
    /// <param name="problem">Why it is none.</param>
    public static SweepItems? Read(
        ReadOnlyMemory<byte> text, GatewaySettings settings, BufferBudget budget,
        Func<RequestItem, ReadOnlyMemory<byte>, MergedBodies?> keysOf, out Problem? problem)
    {
        var items = new SweepItems(budget, settings.Limits);
        var request = new List<string>();
        ReadOnlyMemory<byte> shape = default;
        problem = CallReader.Read(text, Members, (string name, ref Utf8JsonReader reader) =>
        {
            switch (name)
            {
                case "vary":
                    return items.ReadPoints(text, ref reader, settings.Batch.MaxItems);
                case "base":
                    shape = CallReader.SliceOf(ref reader, text);
                    return null;
                case CallReader.ConcurrencyName:
                    return CallReader.ReadConcurrency(ref reader, value => items.Concurrency = value);
                default:
                    request.Add($"\"{name}\":{Encoding.UTF8.GetString(CallReader.SliceOf(ref reader, text).Span)}");
                    return null;
            }
        });
        problem ??= items.Take(request, shape);
        if (problem is not null) return null;
        items._keys = keysOf(items._request!, shape);
        return items;
    }

    public ReadOnlyMemory<byte> IdOf(int index) => Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture));

    public RequestItem? RequestOf(int index) => _request;

    public Digest QuestionOf(int index) => Questions.DigestOf("", _points[index]);

    public WorkItem Open(int index)
    {
        var point = _points[index];
        if (!MergeBase.IsObject(point)) return new WorkItem { Problem = Problems.WrongItem("A member of \"vary\" must be an object.") };
        var made = new PooledBuffer(_budget.ForFills, _limits.MaxRequestBodySize);
        var problem = Make(point, made);
        if (problem is not null)
        {
            made.Dispose();
            return new WorkItem { Problem = problem };
        }

        _keys?.Remember(point.Span, made.WrittenMemory.Span);
        return new WorkItem(made) { Body = made.WrittenMemory };
    }

    public void Dispose() => _keys?.Dispose();

    private Problem? Make(ReadOnlyMemory<byte> point, PooledBuffer made)
    {
        try
        {
            return MergePatch.Write(_base, point, made) switch
            {
                BufferOutcome.Ok => null,
                BufferOutcome.LimitExceeded => Problems.BodyTooLarge(_limits.MaxRequestBodySize),
                _ => Problems.BuffersFull(),
            };
        }
        catch (JsonException)
        {
            return Problems.WrongItem("It, or what it changes of the base, has a member twice.");
        }
        catch (InvalidOperationException)
        {
            return Problems.WrongItem("A name in it is no valid UTF-8 or UTF-16.");
        }
    }

    private Problem? ReadPoints(ReadOnlyMemory<byte> text, ref Utf8JsonReader reader, int maxItems)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return Problems.WrongBatch("\"vary\" must be a list of objects.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (_points.Count == maxItems) return Problems.TooManyItems(maxItems);
            _points.Add(CallReader.SliceOf(ref reader, text));
        }

        return null;
    }

    /// <summary>Path, method and headers are those of a request whose body is yet to be made.</summary>
    private Problem? Take(List<string> request, ReadOnlyMemory<byte> shape)
    {
        var trouble = RequestItem.TryRead(Encoding.UTF8.GetBytes($"{{{string.Join(',', request)}}}"), out var item);
        if (trouble is not null) return Problems.WrongBatch(trouble);
        _request = item;
        try
        {
            _base = new MergeBase(shape);
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Problems.WrongBatch("\"base\" must be an object that has no member twice.");
        }
    }
}
