FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# The project files alone: the restored packages stay cached until one of these changes.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY src/IslGateway/IslGateway.csproj src/IslGateway/
COPY src/IslSimulator/IslSimulator.csproj src/IslSimulator/
RUN dotnet restore src/IslGateway/IslGateway.csproj --use-current-runtime

COPY .editorconfig ./
COPY src src
RUN dotnet publish src/IslGateway/IslGateway.csproj -c Release -o /app --no-restore --use-current-runtime --no-self-contained

# The command by its name, for `docker exec CONTAINER islgateway purge --all`.
RUN mkdir /command && ln -s /app/IslGateway /command/islgateway

# Neither shell nor package manager: nothing in it but .NET and the gateway.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app ./
COPY --from=build /command/ /usr/local/bin/

# The listeners are the gateway's own two; ASP.NET's default port would only draw a warning that it is overridden.
ENV ASPNETCORE_HTTP_PORTS= \
    Kestrel__Endpoints__Gateway__Url=http://0.0.0.0:8080 \
    Kestrel__Endpoints__Management__Url=http://0.0.0.0:8081
EXPOSE 8080 8081
USER $APP_UID

# A verb may follow: `docker run IMAGE simulate`.
ENTRYPOINT ["dotnet", "IslGateway.dll"]
