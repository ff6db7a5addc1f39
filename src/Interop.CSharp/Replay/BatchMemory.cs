namespace MtrlFunctional.Replay;

/// <summary>
/// Where a batch goes: memory of contiguous 32-bit CPU tensors, task-major. The owner of the memory
/// keeps it alive while it is filled; nothing is copied on the way.
/// </summary>
/// <param name="Tasks">T, first size of every tensor.</param>
/// <param name="Rows">R, rows for each task, second size of every tensor.</param>
/// <param name="Obs">[T; R; W], W the width of an observation, plus T with one-hot task ids.</param>
/// <param name="Action">[T; R; A].</param>
/// <param name="Reward">[T; R].</param>
/// <param name="NextObs">[T; R; W], as <paramref name="Obs"/>.</param>
/// <param name="Terminal">[T; R], 1 where the episode ended for good (not by its time limit), else 0.</param>
/// <param name="Weight">[T; R], 1 for a stored transition, 0 for padding (all its numbers are 0).</param>
/// <param name="OneHot">Write the task id as T further columns of both observations.</param>
public readonly record struct BatchMemory(
    int Tasks, int Rows, nint Obs, nint Action, nint Reward, nint NextObs, nint Terminal, nint Weight, bool OneHot);
