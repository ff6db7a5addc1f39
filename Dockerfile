# The commands of the README in a container:
#
#   docker build -t mtrl .
#   docker run --rm -v "$PWD/runs:/mtrl/runs" mtrl quickstart --plain
#   docker run --rm mtrl test
FROM mcr.microsoft.com/dotnet/sdk:10.0
WORKDIR /mtrl
COPY . .
RUN ./mtrl --yes build
ENTRYPOINT ["./mtrl"]
CMD ["quickstart", "--plain"]
