// Acts with a policy over HTTP.
//
//   dotnet run -c Release -- --urls http://127.0.0.1:5080
//   curl http://127.0.0.1:5080/tasks
//   curl -X POST http://127.0.0.1:5080/act/door-open -H 'Content-Type: application/json' -d '[0, 0.6, 0.2, …]'
//
// wwwroot has a page that asks it. './mtrl play --export wwwroot/play' adds one with the robot: /play/.
using System.Text.Json;
using MtrlFunctional;
using MtrlFunctional.Policies;

var builder = WebApplication.CreateBuilder(args);

// A file of 'mtrl export RUN --onnx FILE', or a shipped policy: in appsettings.json, or --policy NAME. Requests share it.
builder.Services.AddSingleton(_ => OnnxPolicy.Load(builder.Configuration["policy"] ?? "policy:mt50"));
var app = builder.Build();
try
{
    app.Services.GetRequiredService<OnnxPolicy>();
}
catch (MtrlException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

// Also files whose types ASP.NET does not know: the policies of /play/, and licences.
app.UseFileServer(new FileServerOptions { StaticFileOptions = { ServeUnknownFileTypes = true, DefaultContentType = "application/octet-stream" } });
app.MapGet("/tasks", (OnnxPolicy policy) => policy.Tasks.Select(task => new { Name = task, policy.SizesOf(task).ObservationSize, policy.SizesOf(task).ActionSize }));
app.MapPost("/act/{task}", async (string task, HttpRequest request, OnnxPolicy policy) =>
{
    try
    {
        return Results.Ok(policy.Act(await request.ReadFromJsonAsync<double[]>(), task));
    }
    catch (Exception e) when (e is MtrlException or ArgumentException or JsonException or InvalidOperationException)
    {
        // The message names what is wrong: the task, the numbers, their text or its type.
        return Results.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
    }
});
app.Run();
return 0;
