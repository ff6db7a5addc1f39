namespace MtrlFunctional.Tasks

/// Accessors of the parts of an observation.
///
/// The 39 numbers are the current frame (18), the previous frame (18) and the goal (3).
/// A frame holds the hand (3), the opening of the gripper (1) and two objects, each position (3)
/// and orientation (4); with one object the second is 0.
module internal Obs =
    let inline private at i (obs: float[]) =
        Vec3.create obs[i] obs[i + 1] obs[i + 2]

    /// Position of the hand.
    let hand obs = at 0 obs

    /// Opening of the gripper, 0 closed to 1 open.
    let opening (obs: float[]) = obs[3]

    /// Position of the first object.
    let object obs = at 4 obs

    /// Orientation of the first object.
    let orientation (obs: float[]) = { A = obs[7]; B = obs[8]; C = obs[9]; D = obs[10] }

    /// Position of the second object.
    let secondObject obs = at 11 obs

    /// The goal; zero where it is hidden.
    let goal obs = at 36 obs

/// Building an observation: frame → assemble → clip.
module Observation =
    /// Numbers in a frame and in an observation.
    let internal frameSize, size = 18, 39

    /// Lower corner of the box to which `step` clips the hand, whatever the task.
    [<CompiledName("HandLow")>]
    let handLow = Vec3.create -0.525 0.348 -0.0525

    /// Its upper corner.
    [<CompiledName("HandHigh")>]
    let handHigh = Vec3.create 0.525 1.025 0.7

    // As NumPy's clip: NaN stays NaN.
    let inline private clamp low high (x: float) =
        if x < low then low
        elif x > high then high
        else x

    let private put i (v: Vec3) (into: float[]) =
        into[i] <- v.X
        into[i + 1] <- v.Y
        into[i + 2] <- v.Z

    let private putClamped i (low: Vec3) (high: Vec3) (into: float[]) =
        into[i] <- clamp low.X high.X into[i]
        into[i + 1] <- clamp low.Y high.Y into[i + 1]
        into[i + 2] <- clamp low.Z high.Z into[i + 2]

    /// The frame of a snapshot, 18 numbers, not clipped.
    [<CompiledName("Frame")>]
    let internal frame (task: MetaWorldTask) (s: Snapshot) : float[] =
        let frame = Array.zeroCreate frameSize
        put 0 s.Hand frame
        frame[3] <- clamp 0.0 1.0 (Vec3.distance s.RightClaw s.LeftClaw / 0.1)
        let mutable i = 4

        for observed in task.Objects s do
            put i observed.Position frame
            frame[i + 3] <- observed.Orientation.A
            frame[i + 4] <- observed.Orientation.B
            frame[i + 5] <- observed.Orientation.C
            frame[i + 6] <- observed.Orientation.D
            i <- i + 7

        frame

    /// The observation of 39 numbers, not clipped, as returned by a reset. After a reset the
    /// previous frame equals the current one. A hidden goal is `Vec3.zero`.
    [<CompiledName("Assemble")>]
    let internal assemble (now: float[]) (before: float[]) (goal: Vec3) : float[] =
        let obs = Array.zeroCreate size
        now.CopyTo(obs, 0)
        before.CopyTo(obs, frameSize)
        put (2 * frameSize) goal obs
        obs

    /// The observation returned by a step: hand and opening of both frames clipped to their bounds,
    /// a visible goal to the bounds of the task. Objects are not clipped.
    [<CompiledName("Clip")>]
    let internal clip (task: MetaWorldTask) visible (obs: float[]) : float[] =
        let clipped = Array.copy obs

        for start in [| 0; frameSize |] do
            putClamped start handLow handHigh clipped
            clipped[start + 3] <- clamp -1.0 1.0 clipped[start + 3]

        if visible then
            putClamped (2 * frameSize) task.GoalLow task.GoalHigh clipped
        else
            put (2 * frameSize) Vec3.zero clipped

        clipped
