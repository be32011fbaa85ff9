namespace IslGateway.Operations.Audit;

/// <summary>
/// What a management call does, as its audit line will tell it. The call's endpoint fills it in, in words of its own: never what a caller
/// sent, which may name a user or hold a key.
/// </summary>
internal sealed class AuditEntry
{
    /// <summary>What is done, in a word: <c>purge</c>. Null: the line names method and path.</summary>
    public string? Action { get; private set; }

    /// <summary>To what it is done.</summary>
    public string? What { get; private set; }

    /// <summary>How it ended. Null: the line says so by the status.</summary>
    public string? Outcome { get; private set; }

    /// <summary>Whether the call only asks, so that no line is written unless it is refused.</summary>
    public bool OnlyAsks { get; private set; }

    /// <summary>The entry of a call.</summary>
    public static AuditEntry Of(HttpContext context)
    {
        if (context.Items[typeof(AuditEntry)] is AuditEntry entry) return entry;
        context.Items[typeof(AuditEntry)] = entry = new AuditEntry();
        return entry;
    }

    /// <summary>Says what the call does; may be called again when more is known, as at the end of a long one.</summary>
    /// <param name="action">In a word.</param>
    /// <param name="what">To what.</param>
    /// <param name="outcome">How it ended, where the status does not say all.</param>
    public void Tell(string action, string what, string? outcome = null) => (Action, What, Outcome) = (action, what, outcome);

    /// <summary>Says that the call changes nothing, although its method is one of those that may.</summary>
    public void Ask() => OnlyAsks = true;
}
