using System.Globalization;
using System.Text;
using System.Text.Json;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Workflows.Inner;

namespace IslGateway.Workflows.Batch;

/// <summary>
/// The items of a batch, as parts of its text.
/// <code>
///   {"requests":[{"id":…, "method":"POST", "path":…, "headers":{…}, "body":…}, …], "concurrency":8}
/// </code>
/// </summary>
internal sealed class BatchItems : IWorkItems
{
    private readonly List<(RequestItem Item, string? Trouble)> _items = [];

    private BatchItems()
    {
    }

    public int Count => _items.Count;

    public int? Concurrency { get; private set; }

    /// <summary>Reads a batch. Null, with the reason, if it is none; an item that is wrong is the item's own affair.</summary>
    public static BatchItems? Read(ReadOnlyMemory<byte> text, int maxItems, out Problem? problem)
    {
        var items = new BatchItems();
        problem = CallReader.Read(
            text, ["requests"], (string name, ref Utf8JsonReader reader) => items.Take(name, text, ref reader, maxItems));
        return problem is null ? items : null;
    }

    public ReadOnlyMemory<byte> IdOf(int index) => _items[index].Item.Id is { IsEmpty: false } own
        ? own
        : Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture));

    public RequestItem? RequestOf(int index) => _items[index] is (var item, null) ? item : null;

    public Digest QuestionOf(int index)
    {
        var item = _items[index].Item;
        var head = new StringBuilder().Append(item.Method).Append(' ').Append(item.Path).Append('\n');
        foreach (var (name, value) in item.Headers) head.Append(name).Append(':').Append(value).Append('\n');
        return Questions.DigestOf(head.ToString(), item.Body);
    }

    public WorkItem Open(int index)
    {
        var (item, trouble) = _items[index];
        return trouble is not null ? new WorkItem { Problem = Problems.WrongItem(trouble) } : new WorkItem { Body = item.Body };
    }

    /// <summary>All is a part of the call's text.</summary>
    public void Dispose()
    {
    }

    private Problem? Take(string name, ReadOnlyMemory<byte> text, ref Utf8JsonReader reader, int maxItems)
    {
        if (name == CallReader.ConcurrencyName) return CallReader.ReadConcurrency(ref reader, value => Concurrency = value);
        if (reader.TokenType != JsonTokenType.StartArray) return Problems.WrongBatch("\"requests\" must be a list of requests.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (_items.Count == maxItems) return Problems.TooManyItems(maxItems);
            var slice = CallReader.SliceOf(ref reader, text);
            var trouble = RequestItem.TryRead(slice, out var item);
            _items.Add((item, trouble));
        }

        return null;
    }
}
