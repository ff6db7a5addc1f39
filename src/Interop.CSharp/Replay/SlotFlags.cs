namespace MtrlFunctional.Replay;

/// <summary>Flags of a slot. Stored in checkpoints: never renumber.</summary>
[Flags]
internal enum SlotFlags : byte
{
    None = 0,

    /// <summary>An action was taken here, so a transition starts here.</summary>
    Transition = 1,

    /// <summary>The slot's transition ended the episode in a terminal state.</summary>
    Terminal = 2,

    /// <summary>First observation of an episode; its older frames equal its own.</summary>
    Start = 4,

    /// <summary>Last observation of an episode that was abandoned: never linked to the next one.</summary>
    Abandoned = 8,

    /// <summary>The next observation does not follow directly: its older frames are stored between.</summary>
    Bridged = 16,
}
