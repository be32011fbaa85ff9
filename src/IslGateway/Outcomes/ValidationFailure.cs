namespace IslGateway.Outcomes;

/// <summary>A place in a request's body that ISL would not take.</summary>
/// <param name="Pointer">The place as a JSON pointer (RFC 6901); of a missing field, the place where it would stand.</param>
/// <param name="Message">What is wrong there, in the words of ISL's own validator.</param>
internal readonly record struct ValidationFailure(string Pointer, string Message)
{
    /// <summary>The same as ISL writes it: <c>body.dag.nodes: Field required</c>.</summary>
    public string InIslsWords => string.Join('.', Pointer.Split('/').Skip(1).Select(Unescape).Prepend("body")) + ": " + Message;

    private static string Unescape(string segment) =>
        segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
