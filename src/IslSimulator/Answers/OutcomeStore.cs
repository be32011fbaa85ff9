using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary>Logged outcomes, in the memory of one instance, as in an ISL process. Keeps the last 1,000.</summary>
internal sealed class OutcomeStore
{
    private const int Kept = 1000;
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<string, JsonObject> _records = new(StringComparer.Ordinal);

    public int Count
    {
        get { lock (_gate) return _records.Count; }
    }

    public JsonObject Add(JsonObject record)
    {
        var id = Guid.NewGuid().ToString();
        record["id"] = id;
        record["notes"] = "";
        lock (_gate)
        {
            if (_records.Count == Kept) _records.RemoveAt(0);
            _records[id] = record;
            return (JsonObject)record.DeepClone();
        }
    }

    public JsonObject? Change(string id, Action<JsonObject>? change = null)
    {
        lock (_gate)
        {
            if (!_records.TryGetValue(id, out var record)) return null;
            change?.Invoke(record);
            return (JsonObject)record.DeepClone();
        }
    }

    public void Clear()
    {
        lock (_gate) _records.Clear();
    }
}
