namespace MtrlFunctional.Storage;

/// <summary>What of a file is verified when its checkpoint is opened.</summary>
internal enum Scrutiny
{
    /// <summary>Nothing: who opens the checkpoint does not read the file.</summary>
    None,

    /// <summary>That it exists and has the recorded length.</summary>
    Length,

    /// <summary>Length and hash.</summary>
    Content,
}
