namespace MtrlFunctional.Physics;

/// <summary>Outcome of physics steps.</summary>
public enum StepOutcome
{
    /// <summary>The world moved on.</summary>
    Ok = 0,

    /// <summary>The engine detected NaN, infinity or a huge number and silently reset the whole world; or a position (metres,
    /// radians) or velocity (a second) is beyond 10⁵. The current state is not a result of the step: end the episode, drop the
    /// transition, count it, reset.</summary>
    Unstable = 1,
}

/// <summary>One simulated world: the motion of a <see cref="Physics.Model"/>. Physics: Todorov, Erez and Tassa (2012),
/// doi:10.1109/IROS.2012.6386109.</summary>
/// <remarks>The caller disposes a world. One thread at a time: another one that steps it meanwhile gets an
/// InvalidOperationException; different worlds may run on different threads, also worlds of one model. Numbers that the engine
/// derives (positions of bodies, contacts) belong to the last evaluation, which <see cref="Advance"/> makes before it integrates:
/// they lag one physics step behind until <see cref="Forward"/>.</remarks>
public sealed unsafe partial class World : IDisposable
{
    private readonly SoleUse _use;
    private nint _handle;

    /// <summary>A world at the start configuration of its model.</summary>
    /// <param name="model">Stays the caller's, and must outlive the world.</param>
    public World(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        (Model, _use) = (model, new SoleUse(model.Name));
        nint handle;
        Native.Check(Native.mtrl_make_data(model.Handle, &handle), $"making a world of {model.Name}");
        _handle = handle;
        StateSize = Native.mtrl_state_size(model.Handle);
    }

    /// <summary>Frees the native memory of a program that forgot to.</summary>
    ~World() => Dispose();

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>Numbers in <see cref="SaveState"/>.</summary>
    public int StateSize { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A constructor that failed has neither.
        if (_handle != 0 && _use.End())
        {
            Native.mtrl_free_data(_handle);
            _handle = 0;
        }

        GC.SuppressFinalize(this);
    }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>The world for a call of the engine, which ends with <see cref="Done"/>.</summary>
    private nint Taken
    {
        get
        {
            _use.Enter();
            return _handle;
        }
    }

    /// <summary>Simulated seconds since the reset; may be written.</summary>
    public double Time
    {
        get => *(double*)(Handle + Layout.Data_time);
        set => *(double*)(Handle + Layout.Data_time) = value;
    }

    /// <summary>Generalised positions [nq]; may be written.</summary>
    public Span<double> Positions => At(Layout.Data_qpos, Model.Positions);

    /// <summary>Generalised velocities [nv]; may be written.</summary>
    public Span<double> Velocities => At(Layout.Data_qvel, Model.Velocities);

    /// <summary>Controls [nu]; may be written.</summary>
    public Span<double> Control => At(Layout.Data_ctrl, Model.Controls);

    /// <summary>The solver's first guess for the accelerations of the next step [nv]; may be written.</summary>
    public Span<double> WarmStart => At(Layout.Data_qacc_warmstart, Model.Velocities);

    /// <summary>Numbers of the sensors [nsensordata]; may be written.</summary>
    public Span<double> Sensors => At(Layout.Data_sensordata, Model.SensorNumbers);

    /// <summary>Positions of the commanded bodies [nmocap; 3]; may be written.</summary>
    public Span<double> MocapPositions => At(Layout.Data_mocap_pos, 3 * Model.Mocaps);

    /// <summary>Orientations of the commanded bodies [nmocap; 4], (w, x, y, z); may be written.</summary>
    public Span<double> MocapQuaternions => At(Layout.Data_mocap_quat, 4 * Model.Mocaps);

    /// <summary>Derived world position of a body, metres.</summary>
    /// <param name="body">Index of the body.</param>
    /// <returns>Three numbers.</returns>
    public ReadOnlySpan<double> BodyPosition(int body) => Row(Layout.Data_xpos, ElementKind.Body, body, 3);

    /// <summary>Derived world orientation of a body, (w, x, y, z).</summary>
    /// <param name="body">Index of the body.</param>
    /// <returns>Four numbers.</returns>
    public ReadOnlySpan<double> BodyQuaternion(int body) => Row(Layout.Data_xquat, ElementKind.Body, body, 4);

    /// <summary>Derived world position of a body's centre of mass, metres.</summary>
    /// <param name="body">Index of the body.</param>
    /// <returns>Three numbers.</returns>
    public ReadOnlySpan<double> BodyCentre(int body) => Row(Layout.Data_xipos, ElementKind.Body, body, 3);

    /// <summary>Derived world position of a site, metres.</summary>
    /// <param name="site">Index of the site.</param>
    /// <returns>Three numbers.</returns>
    public ReadOnlySpan<double> SitePosition(int site) => Row(Layout.Data_site_xpos, ElementKind.Site, site, 3);

    /// <summary>Derived world orientation of a site: a 3 × 3 matrix, row by row.</summary>
    /// <param name="site">Index of the site.</param>
    /// <returns>Nine numbers.</returns>
    public ReadOnlySpan<double> SiteMatrix(int site) => Row(Layout.Data_site_xmat, ElementKind.Site, site, 9);

    /// <summary>Derived world position of a geom, metres.</summary>
    /// <param name="geom">Index of the geom.</param>
    /// <returns>Three numbers.</returns>
    public ReadOnlySpan<double> GeomPosition(int geom) => Row(Layout.Data_geom_xpos, ElementKind.Geom, geom, 3);

    /// <summary>Derived world orientation of a geom: a 3 × 3 matrix, row by row.</summary>
    /// <param name="geom">Index of the geom.</param>
    /// <returns>Nine numbers.</returns>
    public ReadOnlySpan<double> GeomMatrix(int geom) => Row(Layout.Data_geom_xmat, ElementKind.Geom, geom, 9);

    /// <summary>Derived world orientation of a body: a 3 × 3 matrix, row by row.</summary>
    internal ReadOnlySpan<double> BodyMatrix(int body) => Row(Layout.Data_xmat, ElementKind.Body, body, 9);

    /// <summary>The sum of the normal forces between two geoms in the last evaluation, newton.</summary>
    internal double Pressure(int by, int on)
    {
        var force = Native.mtrl_pressure(Handle, by, on);
        GC.KeepAlive(this);
        return force;
    }

    /// <summary>Contacts of the last evaluation.</summary>
    public int ContactCount => Native.mtrl_contact_count(Handle);

    /// <summary>Back to the start configuration of the model; edits of the model stay.</summary>
    public void Reset() => Done(Native.mtrl_reset(Model.Handle, Taken), "resetting");

    /// <summary>Evaluates everything that follows from the state, without advancing time.</summary>
    /// <returns>Whether the numbers were sound.</returns>
    /// <remarks>The call renews the solver's warm start, so it is part of the numerics.</remarks>
    public StepOutcome Forward() => Done(Native.mtrl_forward(Model.Handle, Taken), "evaluating the world");

    /// <summary>Physics steps with the controls as they are.</summary>
    /// <param name="substeps">0 or more.</param>
    /// <returns><see cref="StepOutcome.Unstable"/>: the world was put back to its start.</returns>
    public StepOutcome Advance(int substeps) => Done(Native.mtrl_advance(Model.Handle, Taken, substeps), "stepping");

    /// <summary>One step of an environment in one native call: command, physics steps, evaluation.</summary>
    /// <param name="mocap">Index of the commanded body.</param>
    /// <param name="pose">Position (3) and quaternion (4: w, x, y, z; need not be normalised).</param>
    /// <param name="control">Shape [nu].</param>
    /// <param name="substeps">Physics steps.</param>
    /// <param name="untouched">
    /// Nothing was written to world or model since the last <see cref="Act"/>: its evaluation is
    /// then reused for the first physics step: a tenth less time, bit-identical results.
    /// </param>
    /// <returns><see cref="StepOutcome.Unstable"/>: end the episode, drop the transition, count it.</returns>
    /// <exception cref="ArgumentException">A wrong length, or no such mocap body.</exception>
    public StepOutcome Act(
        int mocap,
        ReadOnlySpan<double> pose,
        ReadOnlySpan<double> control,
        int substeps,
        bool untouched = false)
    {
        CheckCommand(mocap, pose, control);
        fixed (double* p = pose, c = control)
            return Done(Native.mtrl_act(Model.Handle, Taken, mocap, p, c, substeps, untouched ? 1 : 0), "stepping");
    }

    /// <summary>Several times the same command and physics steps, in one native call, without a last evaluation.</summary>
    /// <param name="mocap">Index of the commanded body.</param>
    /// <param name="pose">Position (3) and quaternion (4: w, x, y, z; need not be normalised).</param>
    /// <param name="control">Shape [nu].</param>
    /// <param name="substeps">Physics steps a command.</param>
    /// <param name="repeats">How often.</param>
    /// <returns><see cref="StepOutcome.Unstable"/>: the world was put back to its start.</returns>
    /// <exception cref="ArgumentException">A wrong length, or no such mocap body.</exception>
    public StepOutcome Drive(
        int mocap, ReadOnlySpan<double> pose, ReadOnlySpan<double> control, int substeps, int repeats)
    {
        CheckCommand(mocap, pose, control);
        fixed (double* p = pose, c = control)
            return Done(Native.mtrl_drive(Model.Handle, Taken, mocap, p, c, substeps, repeats), "stepping");
    }

    /// <summary>The full state (positions, velocities, controls, mocap poses, warm start, time …). Edits of the model are not part
    /// of it.</summary>
    /// <returns>A new array of <see cref="StateSize"/> numbers.</returns>
    public double[] SaveState()
    {
        var state = new double[StateSize];
        fixed (double* s = state)
            Native.mtrl_get_state(Model.Handle, Handle, s);
        GC.KeepAlive(this);
        return state;
    }

    /// <summary>Restores a saved state: the following steps are bit-identical to the steps after the saving. Derived numbers
    /// follow with the next step.</summary>
    /// <param name="state">Result of <see cref="SaveState"/> for an equal model.</param>
    public void LoadState(ReadOnlySpan<double> state)
    {
        if (state.Length != StateSize)
            throw new ArgumentException($"The state of {Model.Name} has {StateSize} numbers, got {state.Length}.");
        fixed (double* s = state)
            Native.mtrl_set_state(Model.Handle, Handle, s);
        GC.KeepAlive(this);
    }

    private void CheckCommand(int mocap, ReadOnlySpan<double> pose, ReadOnlySpan<double> control)
    {
        if ((uint)mocap >= (uint)Model.Mocaps)
            throw new ArgumentException($"{Model.Name} has {Model.Mocaps} mocap bodies, no number {mocap}.", nameof(mocap));
        if (pose.Length != 7)
            throw new ArgumentException($"A pose has 7 numbers, got {pose.Length}.", nameof(pose));
        CheckControl(control);
    }

    private void CheckControl(ReadOnlySpan<double> control)
    {
        if (control.Length != Model.Controls)
            throw new ArgumentException($"{Model.Name} takes {Model.Controls} controls, got {control.Length}.", nameof(control));
    }

    private StepOutcome Done(int status, string doing)
    {
        _use.Leave();
        return Native.Check(status, doing);
    }

    private Span<double> At(int pointerAt, int length) => new(*(void**)(Handle + pointerAt), length);

    private ReadOnlySpan<double> Row(int pointerAt, ElementKind kind, int row, int columns) =>
        At(pointerAt, Model.Count(kind) * columns).Slice(row * columns, columns);
}
