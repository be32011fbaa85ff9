using System.Text.Json;
using IslGateway.Outcomes;
using IslGateway.Workflows.Inner;

namespace IslGateway.Workflows.Batch;

/// <summary>Reads the object that a call is: its members, which of them must be there, and that none stands there twice.</summary>
internal static class CallReader
{
    public const string ConcurrencyName = "concurrency";

    private const string NotJson = "The body is no valid JSON object.";

    /// <summary>Takes one member, at whose value the reader stands; null: it is as it should be.</summary>
    public delegate Problem? Member(string name, ref Utf8JsonReader reader);

    /// <summary>Reads a call.</summary>
    /// <param name="text">Its whole body.</param>
    /// <param name="members">Its members: those that must be there, then those that may, which end with <c>?</c>.</param>
    /// <param name="take">Takes each of them, and <see cref="ConcurrencyName"/>, which may always be there.</param>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public static Problem? Read(ReadOnlyMemory<byte> text, string[] members, Member take)
    {
        try
        {
            var reader = new Utf8JsonReader(text.Span, RequestItem.Reading);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Problems.WrongBatch(NotJson);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (name != ConcurrencyName && !members.Contains(name) && !members.Contains(name + "?"))
                    return Problems.WrongBatch($"A member of it is unknown; there are {Listed(members)}.");
                if (!seen.Add(name)) return Problems.WrongBatch($"\"{name}\" stands there twice.");
                reader.Read();
                if (take(name, ref reader) is { } problem) return problem;
            }

            if (reader.Read()) return Problems.WrongBatch(NotJson);
            return Array.Find(members, name => !name.EndsWith('?') && !seen.Contains(name)) is { } missing
                ? Problems.WrongBatch($"\"{missing}\" is missing.")
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is what a text says that is no valid UTF-8 or UTF-16.
            return Problems.WrongBatch(NotJson);
        }
    }

    /// <summary>How many items the caller wants under way at once; <c>null</c>: it does not say.</summary>
    public static Problem? ReadConcurrency(ref Utf8JsonReader reader, Action<int> take)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var value) || value < 1)
            return Problems.WrongBatch($"\"{ConcurrencyName}\" must be a whole number from 1.");
        take(value);
        return null;
    }

    /// <summary>The value at which the reader stands, to the end of which it is moved.</summary>
    public static ReadOnlyMemory<byte> SliceOf(ref Utf8JsonReader reader, ReadOnlyMemory<byte> text)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return text[start..(int)reader.BytesConsumed];
    }

    private static string Listed(string[] members) => string.Join(", ", members.Append(ConcurrencyName).Select(name => name.TrimEnd('?')));
}
