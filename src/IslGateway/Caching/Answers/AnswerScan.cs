using System.Text;
using System.Text.Json;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Answers;

/// <summary>
/// What one reading of an answer finds: where it echoes the id, whether the id stands elsewhere, the configuration that it names, and which
/// conditions against keeping it hold.
/// </summary>
internal sealed class AnswerScan : IJsonVisitor
{
    private readonly AnswerPlaces _places;
    private readonly byte[] _id;
    private readonly List<int> _echoes = new(1);
    private readonly string?[] _fingerprints;
    private readonly StoreTermScan _terms;
    private bool _isEcho;
    private bool _isInDoubt;

    private AnswerScan(AnswerPlaces places, string requestId)
    {
        (_places, _id) = (places, Encoding.ASCII.GetBytes(requestId));
        _fingerprints = new string?[places.Fingerprints];
        _terms = new StoreTermScan(places.Terms);
    }

    /// <summary>Offsets of the id at the places where ISL echoes it, in order.</summary>
    public IReadOnlyList<int> Echoes => _echoes;

    /// <summary>Whether the id is, or may be, a string value elsewhere in the answer, however it is escaped.</summary>
    public bool HasStrayId { get; private set; }

    /// <summary>The configuration that the answer names, at the first of the row's places that has one.</summary>
    public string? Fingerprint => Array.Find(_fingerprints, static fingerprint => fingerprint is not null);

    /// <summary>
    /// Whether the answer names two configurations, or one that is no text: nobody can say which ISL it is of.
    /// </summary>
    public bool IsFingerprintUnclear { get; private set; }

    /// <summary>Reads an answer; null if it is not JSON.</summary>
    /// <param name="body">The answer's body.</param>
    /// <param name="places">What its row looks for in an answer.</param>
    /// <param name="requestId">The id that was sent.</param>
    public static AnswerScan? Of(ReadOnlySpan<byte> body, AnswerPlaces places, string requestId)
    {
        var scan = new AnswerScan(places, requestId);
        try
        {
            scan._isInDoubt |= !JsonWalk.Over(body, places.All, scan);
            return scan;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The JSON reader reports half a surrogate pair by an InvalidOperationException.
            return null;
        }
    }

    /// <summary>
    /// Whether one of the row's conditions against storing the answer holds. A condition on something that cannot be read, in the answer or
    /// the request, counts as holding.
    /// </summary>
    public bool IsNeverStored(ReadOnlySpan<byte> requestBody)
    {
        if (_isInDoubt) return true;
        var first = 0;
        foreach (var condition in _places.NeverStoreWhen)
        {
            var end = first + condition.OfAnswer.Count;
            var holds = true;
            for (; first < end; first++) holds &= _terms.Holds(first);
            if (holds && HoldsOfRequest(condition, requestBody)) return true;
        }

        return false;
    }

    public void AtPlace(int place, in Utf8JsonReader value)
    {
        if (place < _places.Echoes)
        {
            // The ids that the gateway accepts need no JSON escapes, so ISL's echo has exactly the length of the id.
            if (value.TokenType != JsonTokenType.String || !value.ValueSpan.SequenceEqual(_id)) return;
            var at = (int)value.TokenStartIndex + 1;

            // The reading goes from beginning to end; several places may lead to one value.
            if (_echoes.Count == 0 || _echoes[^1] != at) _echoes.Add(at);
            _isEcho = true;
        }
        else if (place - _places.Echoes is var fingerprint && fingerprint < _fingerprints.Length)
        {
            TakeFingerprint(fingerprint, in value);
        }
        else
        {
            Ask(fingerprint - _fingerprints.Length, in value);
        }
    }

    public void AtText(in Utf8JsonReader text)
    {
        if (!_isEcho) HasStrayId |= MayBeTheId(in text);
        _isEcho = false;
    }

    private void TakeFingerprint(int place, in Utf8JsonReader value)
    {
        if (value.TokenType == JsonTokenType.Null) return;
        if (value.TokenType != JsonTokenType.String)
        {
            IsFingerprintUnclear = true;
            return;
        }

        if (value.ValueSpan.Length == 0) return;
        var named = value.GetString();
        IsFingerprintUnclear |= Fingerprint is { } other && other != named;
        _fingerprints[place] = named;
    }

    private void Ask(int term, in Utf8JsonReader value)
    {
        try
        {
            _terms.AtPlace(term, in value);
        }
        catch (InvalidOperationException)
        {
            _isInDoubt = true;
        }
    }

    private bool MayBeTheId(in Utf8JsonReader text)
    {
        try
        {
            return text.ValueTextEquals(_id);
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private static bool HoldsOfRequest(StoreCondition condition, ReadOnlySpan<byte> requestBody)
    {
        if (condition.OfRequest.Count == 0) return true;
        try
        {
            return StoreTermScan.AllHold(condition.OfRequest, requestBody);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return true;
        }
    }
}
