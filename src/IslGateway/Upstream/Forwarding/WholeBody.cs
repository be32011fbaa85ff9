namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Sends a body that is in memory in one write with the head. YARP's own content sends the head by itself, and then reads the body from the
/// request's stream: two writes, and two packets that wake ISL.
/// </summary>
internal static class WholeBody
{
    /// <summary>Puts a body in the place of YARP's content, whose headers stay.</summary>
    /// <param name="request">An HTTP/1.1 request. One that announces its body keeps YARP's content: ISL may not want the body.</param>
    /// <param name="body">The body; nothing happens if it is empty.</param>
    public static void Attach(HttpRequestMessage request, ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty || request.Content is not { } streamed || request.Headers.ExpectContinue == true) return;
        var whole = new ReadOnlyMemoryContent(body);
        foreach (var (name, values) in streamed.Headers.NonValidated)
        {
            if (values.Count == 1) whole.Headers.TryAddWithoutValidation(name, values.ToString());
            else whole.Headers.TryAddWithoutValidation(name, [.. values]);
        }

        request.Content = whole;
    }
}
